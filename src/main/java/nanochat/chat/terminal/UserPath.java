package nanochat.chat.terminal;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import nanochat.io.BadInputException;

/// Files as users of a shell name them.
final class UserPath {
    private static final String HOME = "~/";

    private UserPath() {
    }

    /// @param typed a path, in which `~/` at the beginning is the user's home
    static Path of(String typed) {
        try {
            return typed.startsWith(HOME) ? Path.of(System.getProperty("user.home"), typed.substring(HOME.length())) : Path.of(typed);
        } catch (InvalidPathException e) {
            throw new BadInputException("'" + typed + "' is not the name of a file: " + e.getReason(), e);
        }
    }
}
