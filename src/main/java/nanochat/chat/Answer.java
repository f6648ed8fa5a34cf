package nanochat.chat;

import nanochat.conversation.Message;

/// What the model has said to a message.
///
/// @param message its parts
/// @param tokens as it said them, which need not be those that its text encodes to: with them, the cache goes on being right
public record Answer(Message.Assistant message, int[] tokens) {}
