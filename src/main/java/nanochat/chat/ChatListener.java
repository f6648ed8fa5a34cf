package nanochat.chat;

/// Sees an answer come, on the thread that asked for it. To stop it from there or from any other thread: [ChatSession#cancel].
@FunctionalInterface
public interface ChatListener {
    /// Sees nothing.
    ChatListener NONE = _ -> {};

    void accept(ChatEvent event);
}
