package nanochat.serve;

import java.util.List;
import java.util.OptionalInt;
import nanochat.engine.Generation;

/// What a request asks the engine for, checked.
///
/// @param prompts token ids of each
/// @param samples of each prompt
/// @param stops strings that end an answer, of which they are no part
/// @param stream whether the answers are to come as they are made
/// @param includeUsage whether a stream ends with the counts of tokens
/// @param alternatives how many likeliest tokens are told beside each token's own probability; nothing where no probabilities are told
/// @param echo whether the prompt stands before its answers
/// @param tokenDetails whether completions tell of each token what chats tell
/// @param promptOnly whether nothing is to follow the prompt
record Order(List<int[]> prompts, int samples, Generation generation, List<String> stops, boolean stream, boolean includeUsage,
        OptionalInt alternatives, boolean echo, boolean tokenDetails, boolean promptOnly) {
    Order {
        prompts = List.copyOf(prompts);
        stops = List.copyOf(stops);
    }

    /// The number of answers.
    int choices() {
        return prompts.size() * samples;
    }
}
