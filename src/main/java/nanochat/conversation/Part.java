package nanochat.conversation;

/// A piece of an assistant's message.
public sealed interface Part {
    /// What the user reads.
    record Text(String text) implements Part {}

    /// A call of the calculator: an expression such as `12 * 7` or `"hello".count("l")`.
    record Python(String expression) implements Part {}

    /// What the calculator answered to the call just before.
    record PythonOutput(String text) implements Part {}
}
