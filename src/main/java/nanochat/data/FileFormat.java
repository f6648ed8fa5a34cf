package nanochat.data;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The kinds of file that hold documents, told by the end of their names.
enum FileFormat {
    TEXT(".txt"), JSON_LINES(".jsonl"), PARQUET(".parquet");

    /// Text may be compressed; Parquet compresses inside.
    private static final Pattern COMPRESSED_TEXT = Pattern.compile("(.*\\.(?:txt|jsonl))\\.(?:gz|zst)");

    private final String suffix;

    FileFormat(String suffix) {
        this.suffix = suffix;
    }

    static Optional<FileFormat> of(Path path) {
        String name = path.getFileName().toString().toLowerCase(Locale.ROOT);
        String unpacked = COMPRESSED_TEXT.matcher(name).replaceFirst("$1");
        return Stream.of(values()).filter(format -> unpacked.endsWith(format.suffix)).findFirst();
    }

    /// All suffixes, for messages.
    static String suffixes() {
        return Stream.of(values()).map(format -> format.suffix).collect(Collectors.joining(", ")) + " (text also with .gz or .zst)";
    }

    DocumentCursor open(Path path, DocumentOptions options) throws DamageException {
        return switch (this) {
            case TEXT -> new TextCursor(path, options.textSplit());
            case JSON_LINES -> new JsonLinesCursor(path, options.textField());
            case PARQUET -> new ParquetCursor(path, options.textField());
        };
    }
}
