package nanochat.task;

import nanochat.conversation.Conversation;

/// A list of conversations: what an assistant is trained on, or measured by. Which split of the data they are from is settled when a task
/// is made. Safe for any number of threads.
public sealed interface Task permits GradedTask, BuiltInTalk, SmolTalk, Slice, Mixture {
    /// The number of conversations.
    int size();

    /// Conversation `index`, the same one every time.
    ///
    /// @throws IndexOutOfBoundsException when there is none
    Conversation conversation(int index);

    /// A line that changes when the conversations do, so that a resumed run can tell.
    String fingerprint();
}
