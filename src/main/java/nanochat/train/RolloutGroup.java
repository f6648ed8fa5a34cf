package nanochat.train;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import nanochat.engine.Sample;
import nanochat.objective.Advantages;
import nanochat.task.Problems;

/// A problem and the answers to it that a model was made to give.
///
/// @param problem its number
/// @param prompt its tokens
/// @param answers with their traces
/// @param worth of each answer
/// @param rewards of each answer as they are learned from: less what its length costs
record RolloutGroup(int problem, int[] prompt, List<Sample> answers, List<Problems.Worth> worth, double[] rewards) {
    RolloutGroup {
        answers = List.copyOf(answers);
        worth = List.copyOf(worth);
    }

    /// Whether some answers are worth more than others: otherwise there is nothing to learn from them.
    boolean hasSignal() {
        return !Advantages.areEqual(rewards);
    }

    /// How many tokens of an answer the model chose, the one that ended it included.
    static int chosen(Sample answer) {
        int count = answer.trace().orElseThrow().stop().isPresent() ? 1 : 0;
        for (boolean sampled : answer.sampled()) {
            count += sampled ? 1 : 0;
        }
        return count;
    }

    /// How many tokens an answer has, with the one that ended it.
    static int length(Sample answer) {
        return answer.tokens().length + (answer.trace().orElseThrow().stop().isPresent() ? 1 : 0);
    }

    /// The answer's tokens with the one that ended it.
    static int[] tokens(Sample answer) {
        return IntStream.concat(Arrays.stream(answer.tokens()), answer.trace().orElseThrow().stop().stream()).toArray();
    }

    /// How many of the answers are right.
    int solved() {
        return (int) worth.stream().filter(Problems.Worth::solved).count();
    }
}
