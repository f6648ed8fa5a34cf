package nanochat.data;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
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
    private static final int BLOCK = 1 << 16;
    private static final int FILES_BY_NAME = 16;

    private static final Comparator<DocumentPosition> IN_FILE_ORDER = Comparator.comparingInt(DocumentPosition::file)
            .thenComparingLong(DocumentPosition::offset);

    private final List<DocumentFile> files;
    private final List<String> notes;
    private final Omissions omissions = new Omissions();
    private final DocumentOptions options;
    private final boolean lastFileHeldOut;
    private final OnceComputed<String> fingerprint = new OnceComputed<>(this::describe);

    /// The documents of `paths`: files, and folders with everything in them that has a known suffix and is not hidden. Links are followed. A
    /// folder's files are in the order of their paths; a file that is named twice is read once.
    ///
    /// @throws BadInputException when a path is missing, unreadable, empty or of no known kind
    public FileDocuments(List<Path> paths, DocumentOptions options) {
        DocumentFiles found = new DocumentFiles(paths);
        files = List.copyOf(found.files());
        notes = List.copyOf(found.notes());
        this.options = options;
        lastFileHeldOut = files.size() > 1 && files.stream().anyMatch(file -> file.format() != FileFormat.TEXT);
    }

    /// As above, with the usual options.
    public FileDocuments(List<Path> paths, TextSplit textSplit) {
        this(paths, new DocumentOptions(textSplit));
    }

    /// The files, in reading order.
    public List<Path> files() {
        return files.stream().map(DocumentFile::path).toList();
    }

    @Override
    public List<String> notes() {
        return notes;
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
                action.accept(new Document(reread(cursors, position), position));
            }
        }
    }

    private String reread(Cursors cursors, DocumentPosition position) {
        try {
            DocumentCursor cursor = cursors.at(position);
            if (cursor.advance()) {
                return cursor.text();
            }
        } catch (DamageException e) {
            throw new BadInputException(e.problem(), e);
        }
        throw new BadInputException(files.get(position.file()).path() + " no longer has the document at " + position.offset());
    }

    /// @param more what else belongs to it
    private String fingerprintOfSizes(List<DocumentFile> sized, String more) {
        CRC32 names = new CRC32();
        long bytes = 0;
        for (DocumentFile file : sized) {
            long size = file.target().toFile().length();
            bytes += size;
            names.update((file.name() + " " + size + "\n").getBytes(StandardCharsets.UTF_8));
        }
        String field = options.textField().equals(DocumentOptions.TEXT_FIELD) ? "" : ", field " + options.textField();
        return String.format(Locale.ROOT, "%d files, %d bytes, %s, %08x%s%s", files.size(), bytes, options.textSplit(), names.getValue(),
                field, more);
    }

    /// By file, so that a message can name the one that changed; of many files, of all together.
    private static String content(List<DocumentFile> read) {
        if (read.size() <= FILES_BY_NAME) {
            return read.stream().map(file -> Fingerprints.AND + file.name() + " " + file.content()).collect(Collectors.joining());
        }
        CRC32 all = new CRC32();
        read.parallelStream().map(DocumentFile::content).toList()
                .forEach(content -> all.update(content.getBytes(StandardCharsets.US_ASCII)));
        return String.format(Locale.ROOT, "%scontent %08x", Fingerprints.AND, all.getValue());
    }

    private String describe() {
        return fingerprintOfSizes() + content(files);
    }

    @Override
    public String fingerprint() {
        return fingerprint.get();
    }

    @Override
    public String fingerprintOfSizes() {
        return fingerprintOfSizes(files, "");
    }

    @Override
    public String fingerprintBefore(DocumentPosition position) {
        DocumentFile file = files.get(position.file());
        List<DocumentFile> others = new ArrayList<>(files);
        others.remove(position.file());
        String before = file.format() == FileFormat.PARQUET
                ? ""
                : String.format(Locale.ROOT, " before byte %d (%08x)", position.offset(),
                        checksum(file, position.offset()));
        return fingerprintOfSizes(others, ", and " + file.name() + before) + content(others);
    }

    /// Of the content before `end`, or of all where it is shorter.
    private static long checksum(DocumentFile file, long end) {
        CRC32 checksum = new CRC32();
        byte[] block = new byte[BLOCK];
        try (FileContent content = FileContent.open(file.path())) {
            for (long at = 0; at < end;) {
                int read = content.read(at, block, 0, (int) Math.min(block.length, end - at));
                if (read < 0) {
                    break;
                }
                checksum.update(block, 0, read);
                at += read;
            }
        } catch (DamageException e) {
            throw new BadInputException(e.problem(), e);
        }
        return checksum.getValue();
    }

    @Override
    public Omissions omissions() {
        return omissions;
    }

    @Override
    public String toString() {
        return files.size() == 1 ? files.getFirst().path().toString() : files.size() + " files from " + files.getFirst().path() + " on";
    }

    /// At most one open file.
    private final class Cursors implements AutoCloseable {
        private int file = -1;
        private Optional<DocumentCursor> open = Optional.empty();

        /// A cursor that steps to the document at `position` next.
        DocumentCursor at(DocumentPosition position) throws DamageException {
            if (open.isEmpty() || file != position.file()) {
                close();
                file = position.file();
                open = Optional.of(files.get(file).open(options));
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
                DocumentPosition here = next;
                try {
                    DocumentCursor cursor = cursors.at(here);
                    if (!cursor.advance()) {
                        next = new DocumentPosition(here.file() + 1, 0, here.index());
                        continue;
                    }
                    here = new DocumentPosition(here.file(), cursor.offset(), here.index());
                    next = new DocumentPosition(here.file(), cursor.end(), here.index() + 1);
                    if (isInSplit(here.index()) && isOwn(cursor, here)) {
                        return Optional.of(new Document(cursor.text(), here));
                    }
                } catch (DamageException damage) {
                    passOver(damage, here);
                }
            }
            return Optional.empty();
        }

        /// Goes on behind what cannot be read. Held-out documents stay the same ones: what is left out keeps its numbers.
        ///
        /// @throws BadDocumentException when that is not wanted; the reader is then in front of the document still
        private void passOver(DamageException damage, DocumentPosition bad) {
            switch (options.badDocuments()) {
                case STOP -> {
                    next = bad;
                    throw new BadDocumentException(damage.problem()
                            + "\nMend the file, or leave out what cannot be read with --bad-documents skip.", bad, damage);
                }
                case SKIP -> {
                    switch (damage.extent()) {
                        case DamageException.Extent.OneDocument() -> omissions.damaged(bad, 1, damage.problem());
                        case DamageException.Extent.Documents(long documents, long goOnAt) -> {
                            omissions.damaged(bad, documents, damage.problem());
                            next = new DocumentPosition(bad.file(), goOnAt, bad.index() + documents);
                        }
                        case DamageException.Extent.RestOfFile() -> {
                            omissions.damaged(bad, 1, damage.problem());
                            next = new DocumentPosition(bad.file() + 1, 0, bad.index() + 1);
                        }
                    }
                }
            }
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
