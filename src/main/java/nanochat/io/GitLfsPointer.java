package nanochat.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// What a repository cloned without Git LFS has in place of its large files: three lines that name the content
/// (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md).
public final class GitLfsPointer {
    private static final byte[] BEGINNING = "version https://git-lfs.github.com/spec/".getBytes(StandardCharsets.US_ASCII);

    private GitLfsPointer() {
    }

    /// @throws BadInputException when `file` is one; files that cannot be read are left for those who read them
    public static void check(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            if (Arrays.equals(in.readNBytes(BEGINNING.length), BEGINNING)) {
                throw new BadInputException(file
                        + " is a Git LFS pointer, not the file it stands for. Fetch that with 'git lfs install' and"
                        + " 'git lfs pull' in its repository, or download the file itself.");
            }
        } catch (IOException unreadable) {
            // said, with the reason, by whoever opens it next
        }
    }
}
