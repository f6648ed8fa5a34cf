package nanochat.conversation;

import java.util.Arrays;

/// A conversation as the model reads it.
///
/// @param tokens the ids, bos first
/// @param trained for each token whether it is one that the model learns to say (the loss mask); never the first
public record RenderedConversation(int[] tokens, boolean[] trained) {
    public RenderedConversation {
        if (tokens.length != trained.length || tokens.length == 0 || trained[0]) {
            throw new IllegalArgumentException("a rendered conversation starts with bos and has a mask for each of its " + tokens.length
                    + " tokens, got " + trained.length);
        }
    }

    /// The number of tokens.
    public int length() {
        return tokens.length;
    }

    /// Whether there is anything to learn from it.
    public boolean hasTargets() {
        for (boolean each : trained) {
            if (each) {
                return true;
            }
        }
        return false;
    }

    /// Its first `longest` tokens, all of it where it has no more.
    public RenderedConversation truncated(int longest) {
        return tokens.length <= longest
                ? this
                : new RenderedConversation(Arrays.copyOf(tokens, longest), Arrays.copyOf(trained, longest));
    }
}
