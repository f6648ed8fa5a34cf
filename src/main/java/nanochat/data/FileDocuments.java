package nanochat.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import nanochat.data.corpus.Split;
import nanochat.io.BadInputException;

/// The documents of files, one file after the other, in memory bounded by the longest document.
///
/// What is held out for validation: with two or more files of which one is a shard (anything but `.txt`), the last file. Otherwise - a
/// single file, or text files only - every 50th document, the first one included.
///
/// Ranks take turns: row group by row group in Parquet, so that no rank decompresses what it does not read, elsewhere document by document.
public final class FileDocuments implements DocumentSource {
    /// Where no file is held out, a document is if its number is divisible by this.
    static final int HOLD_OUT_EVERY = 50;
    private static final int BEGINNING_BYTES = 8192;

    private static final Comparator<DocumentPosition> IN_FILE_ORDER = Comparator.comparingInt(DocumentPosition::file)
            .thenComparingLong(DocumentPosition::offset);

    private final List<Path> files;
    private final TextSplit textSplit;
    private final boolean lastFileHeldOut;
    private final String fingerprint;

    /// The documents of `paths`: files, and folders with everything in them that has a known suffix. A folder's files are in the order of
    /// their paths; a file that is named twice is read once.
    ///
    /// @throws BadInputException when a path is missing, unreadable, empty or of no known kind
    public FileDocuments(List<Path> paths, TextSplit textSplit) {
        files = paths.stream().flatMap(path -> listed(path).stream()).distinct().toList();
        this.textSplit = textSplit;
        if (files.isEmpty()) {
            throw new BadInputException("No data was given: name a file or a folder");
        }
        lastFileHeldOut = files.size() > 1 && files.stream().anyMatch(file -> format(file) != FileFormat.TEXT);
        fingerprint = fingerprint(files, textSplit);
    }

    private static List<Path> listed(Path path) {
        if (!Files.exists(path)) {
            throw new BadInputException("There is no file or folder " + path);
        }
        if (!Files.isDirectory(path)) {
            format(path);
            return List.of(checked(path));
        }
        try (Stream<Path> inside = Files.walk(path.toRealPath())) {
            List<Path> found = inside.filter(file -> Files.isRegularFile(file) && FileFormat.of(file).isPresent()).sorted()
                    .map(FileDocuments::checked).toList();
            if (found.isEmpty()) {
                throw new BadInputException("The folder " + path + " has no file that ends in one of " + FileFormat.suffixes());
            }
            return found;
        } catch (IOException | UncheckedIOException e) {
            throw FileWindow.unreadable(path, e);
        }
    }

    private static Path checked(Path file) {
        try {
            if (!Files.isReadable(file)) {
                throw new BadInputException("Cannot read " + file + ": no permission");
            }
            if (Files.size(file) == 0) {
                throw new BadInputException(file + " is empty. Remove it or give it text.");
            }
            if (format(file) != FileFormat.PARQUET) {
                checkBeginning(file);
            }
            return file.toRealPath();
        } catch (IOException e) {
            throw FileWindow.unreadable(file, e);
        }
    }

    /// Says at once, and not only when its first document is trained on, that a file is not text.
    private static void checkBeginning(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] beginning = in.readNBytes(BEGINNING_BYTES);
            for (int i = 0; i < beginning.length; i++) {
                if (beginning[i] == 0) {
                    throw new BadInputException(file + " is not a text file: byte " + i + " is NUL. Give UTF-8 text.");
                }
            }
        }
    }

    private static FileFormat format(Path file) {
        return FileFormat.of(file).orElseThrow(
                () -> new BadInputException(file + " is of no known kind: the name must end in one of " + FileFormat.suffixes()));
    }

    /// The files, in reading order.
    public List<Path> files() {
        return files;
    }

    private int firstFile(Split split) {
        return lastFileHeldOut && split != Split.TRAIN ? files.size() - 1 : 0;
    }

    private int endFile(Split split) {
        return lastFileHeldOut && split == Split.TRAIN ? files.size() - 1 : files.size();
    }

    @Override
    public DocumentPosition start(Split split) {
        return new DocumentPosition(firstFile(split), 0, 0);
    }

    @Override
    public DocumentReader read(Split split, Share share, DocumentPosition from) {
        return new Reader(split, share, from);
    }

    @Override
    public void reread(Split split, Collection<DocumentPosition> positions, Consumer<Document> action) {
        TreeSet<DocumentPosition> ordered = new TreeSet<>(IN_FILE_ORDER);
        ordered.addAll(positions);
        Cursors cursors = new Cursors();
        try (cursors) {
            for (DocumentPosition position : ordered) {
                DocumentCursor cursor = cursors.at(position);
                if (!cursor.advance()) {
                    throw new BadInputException(files.get(position.file()) + " no longer has the document at " + position.offset());
                }
                action.accept(new Document(cursor.text(), position));
            }
        }
    }

    private static String fingerprint(List<Path> files, TextSplit textSplit) {
        CRC32 names = new CRC32();
        long bytes = 0;
        for (Path file : files) {
            long size = file.toFile().length();
            bytes += size;
            names.update((file.getFileName() + " " + size + "\n").getBytes(StandardCharsets.UTF_8));
        }
        return "%d files, %d bytes, %s, %08x".formatted(files.size(), bytes, textSplit, names.getValue());
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }

    @Override
    public String toString() {
        return files.size() == 1 ? files.getFirst().toString() : files.size() + " files from " + files.getFirst() + " on";
    }

    /// At most one open file.
    private final class Cursors implements AutoCloseable {
        private int file = -1;
        private Optional<DocumentCursor> open = Optional.empty();

        /// A cursor that steps to the document at `position` next.
        DocumentCursor at(DocumentPosition position) {
            if (open.isEmpty() || file != position.file()) {
                close();
                file = position.file();
                Path path = files.get(file);
                open = Optional.of(format(path).open(path, textSplit));
            }
            DocumentCursor cursor = open.get();
            cursor.seek(position.offset());
            return cursor;
        }

        @Override
        public void close() {
            open.ifPresent(DocumentCursor::close);
            open = Optional.empty();
        }
    }

    private final class Reader implements DocumentReader {
        private final Split split;
        private final Share share;
        private final Cursors cursors = new Cursors();
        private DocumentPosition next;

        private Reader(Split split, Share share, DocumentPosition from) {
            this.split = split;
            this.share = share;
            next = from;
        }

        @Override
        public Optional<Document> next() {
            while (next.file() < endFile(split)) {
                DocumentCursor cursor = cursors.at(next);
                if (!cursor.advance()) {
                    next = new DocumentPosition(next.file() + 1, 0, next.index());
                    continue;
                }
                DocumentPosition here = new DocumentPosition(next.file(), cursor.offset(), next.index());
                next = new DocumentPosition(next.file(), cursor.end(), next.index() + 1);
                if (isInSplit(here.index()) && isOwn(cursor, here)) {
                    return Optional.of(new Document(cursor.text(), here));
                }
            }
            return Optional.empty();
        }

        private boolean isInSplit(long index) {
            return lastFileHeldOut || (index % HOLD_OUT_EVERY == 0) == (split != Split.TRAIN);
        }

        private boolean isOwn(DocumentCursor cursor, DocumentPosition position) {
            return switch (cursor) {
                case ParquetCursor parquet -> share.owns((long) position.file() + parquet.rowGroup());
                case TextCursor _,JsonLinesCursor _ -> share.owns(turn(position.index()));
            };
        }

        /// The number of a document among those of its split alone, so that holding some out does not make one rank's share smaller.
        private long turn(long index) {
            if (lastFileHeldOut) {
                return index;
            }
            return split != Split.TRAIN ? index / HOLD_OUT_EVERY : index - index / HOLD_OUT_EVERY - 1;
        }

        @Override
        public DocumentPosition position() {
            return next;
        }

        @Override
        public void close() {
            cursors.close();
        }
    }
}
