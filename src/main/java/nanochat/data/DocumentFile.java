package nanochat.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import nanochat.io.BadInputException;
import nanochat.io.Compression;
import nanochat.io.GitLfsPointer;

/// A file of documents under the name by which it was given, which for a link may be quite another than its target's. The name tells its
/// kind; where it does not, the target's does.
///
/// @param path in a real folder
/// @param target the file itself
record DocumentFile(Path path, Path target, FileFormat format) {
    private static final int BEGINNING_BYTES = 8192;

    /// @return nothing where neither name tells a kind
    static Optional<DocumentFile> of(Path file) throws IOException {
        Path target = file.toRealPath();
        Path path = file.resolveSibling("").toRealPath().resolve(file.getFileName());
        return FileFormat.of(file).or(() -> FileFormat.of(target)).map(format -> new DocumentFile(path, target, format));
    }

    boolean isEmpty() throws IOException {
        return Files.size(target) == 0;
    }

    /// Says at once, and not only when its first document is trained on, that there is nothing to read.
    ///
    /// @throws BadInputException when it cannot be read, or what is there is not what the name says
    void check() throws IOException {
        if (!Files.isReadable(target)) {
            throw new BadInputException("Cannot read " + path + ": no permission");
        }
        GitLfsPointer.check(path);
        if (format != FileFormat.PARQUET) {
            checkBeginning();
        }
    }

    private void checkBeginning() throws IOException {
        Compression compression = Compression.of(target);
        byte[] beginning;
        try (InputStream in = compression.open(target)) {
            beginning = in.readNBytes(BEGINNING_BYTES);
        } catch (IOException e) {
            if (compression == Compression.NONE) {
                throw e;
            }
            // what is wrong in it is found when it is read, with the place and what to do about it
            return;
        }
        for (int i = 0; i < beginning.length; i++) {
            if (beginning[i] == 0) {
                throw new BadInputException(path + " is not a text file: byte " + i + " is NUL. Give UTF-8 text.");
            }
        }
    }

    DocumentCursor open(DocumentOptions options) throws DamageException {
        return format.open(path, options);
    }

    String name() {
        return path.getFileName().toString();
    }
}
