package nanochat.cli;

import java.util.List;

/// Commands that stand together in the help of the root command.
///
/// @param title the heading
/// @param commands in the order in which one uses them
public record Chapter(String title, List<Entry> commands) {
    /// A command.
    ///
    /// @param name as its picocli annotation says; here too, because reading the annotations of all commands would take longer than many a command
    /// @param type its picocli command class
    public record Entry(String name, Class<?> type) {}

    public Chapter {
        commands = List.copyOf(commands);
    }

    public Chapter(String title, Entry... commands) {
        this(title, List.of(commands));
    }

    /// A command.
    public static Entry command(String name, Class<?> type) {
        return new Entry(name, type);
    }
}
