package nanochat.task;

import java.util.Optional;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;

/// An answer of a model, to be rewarded.
///
/// @param question the conversation that it answers; the user has spoken last
/// @param answer what the model said and computed
/// @param expected what the data gives as the answer, where it gives one
public record Attempt(Conversation question, Message.Assistant answer, Optional<Message.Assistant> expected) {}
