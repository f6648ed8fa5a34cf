package nanochat.io;

import java.io.Console;

/// Whether a person sits at the other end.
public final class Terminal {
    private Terminal() {
    }

    /// Whether both standard input and standard output are a terminal, so that lines can be redrawn and questions asked.
    public static boolean isInteractive() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    /// Whether output may hold colours: on a terminal, unless `NO_COLOR` is set (no-color.org) or the terminal says it is `dumb`.
    public static boolean hasColours() {
        String off = System.getenv("NO_COLOR");
        return isInteractive() && (off == null || off.isEmpty()) && !"dumb".equals(System.getenv("TERM"));
    }
}
