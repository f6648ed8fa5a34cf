package nanochat.chat;

import nanochat.engine.Sample;

/// What happens while an answer comes: perhaps [Forgotten], then [Text], [ToolCall] and [ToolResult] in any order, then [Ended] once.
public sealed interface ChatEvent {
    /// The conversation has grown beyond the context, so the model no longer reads its oldest turns.
    ///
    /// @param turns how many more than before
    record Forgotten(int turns) implements ChatEvent {}

    /// More of the answer's text, whole characters only.
    record Text(String chunk) implements ChatEvent {}

    /// The model has written a complete call of the calculator.
    record ToolCall(String expression) implements ChatEvent {}

    /// What stands in the answer as the result of a call.
    ///
    /// @param computed whether the calculator said it; false where the model wrote a result by itself
    record ToolResult(String text, boolean computed) implements ChatEvent {}

    /// There is no more.
    record Ended(Sample.End reason, Speed speed) implements ChatEvent {}
}
