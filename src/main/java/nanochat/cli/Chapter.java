package nanochat.cli;

import java.util.List;

/// Commands that stand together in the help of the root command.
///
/// @param title the heading
/// @param commands picocli command classes, in the order in which one uses them
public record Chapter(String title, List<Class<?>> commands) {
    public Chapter {
        commands = List.copyOf(commands);
    }

    public Chapter(String title, Class<?>... commands) {
        this(title, List.of(commands));
    }
}
