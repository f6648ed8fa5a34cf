package nanochat.task;

import nanochat.conversation.RenderedConversation;

/// Two answers to one question as tokens; of each conversation only the answer's tokens count.
///
/// @param chosen the question and the preferred answer
/// @param rejected the question and the other answer
public record RenderedPair(RenderedConversation chosen, RenderedConversation rejected) {
    /// Tokens of the longer of both.
    public int length() {
        return Math.max(chosen.length(), rejected.length());
    }
}
