package nanochat.data;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The kinds of file that hold documents, told by the end of their names.
enum FileFormat {
    TEXT(".txt"), JSON_LINES(".jsonl"), PARQUET(".parquet");

    private final String suffix;

    FileFormat(String suffix) {
        this.suffix = suffix;
    }

    static Optional<FileFormat> of(Path path) {
        String name = path.getFileName().toString().toLowerCase(Locale.ROOT);
        return Stream.of(values()).filter(format -> name.endsWith(format.suffix)).findFirst();
    }

    /// All suffixes, for messages.
    static String suffixes() {
        return Stream.of(values()).map(format -> format.suffix).collect(Collectors.joining(", "));
    }

    DocumentCursor open(Path path, TextSplit textSplit) {
        return switch (this) {
            case TEXT -> new TextCursor(path, textSplit);
            case JSON_LINES -> new JsonLinesCursor(path);
            case PARQUET -> new ParquetCursor(path);
        };
    }
}
