package nanochat.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import nanochat.conversation.RenderedConversation;
import nanochat.data.Batch;
import nanochat.objective.AnswerPairs;
import nanochat.task.RenderedPair;

/// Makes micro-batches of pairs: those of similar length share one, in rows no longer than they need. All micro-batches have the same number of
/// positions, so that all take the same memory.
///
/// @param positions of a micro-batch
/// @param longest T
record PairBatches(int positions, int longest) {
    /// A pair and what the reference thinks of its answers.
    record Scored(RenderedPair pair, double chosen, double rejected) {}

    /// Where the pairs of a micro-batch were in the list.
    record Placed(AnswerPairs pairs, int[] numbers) {}

    /// Micro-batches of these pairs, the longest first.
    List<Placed> of(List<Scored> pairs) {
        List<Integer> order = IntStream.range(0, pairs.size()).boxed().sorted(Comparator.comparingInt(i -> -pairs.get(i).pair().length()))
                .toList();
        Padding padding = new Padding(positions, 2, longest);
        List<Placed> batches = new ArrayList<>();
        for (int from = 0; from < order.size();) {
            int length = padding.length(pairs.get(order.get(from)).pair().length() - 1);
            int to = Math.min(order.size(), from + positions / length / 2);
            int[] numbers = order.subList(from, to).stream().mapToInt(Integer::intValue).toArray();
            batches.add(new Placed(batch(Arrays.stream(numbers).mapToObj(pairs::get).toList(), length), numbers));
            from = to;
        }
        return batches;
    }

    private AnswerPairs batch(List<Scored> pairs, int length) {
        int rows = positions / length;
        int[] inputs = new int[positions];
        int[] targets = new int[positions];
        Arrays.fill(targets, Batch.IGNORED);
        double[] reference = new double[rows];
        for (int i = 0; i < pairs.size(); i++) {
            fill(pairs.get(i).pair().chosen(), inputs, targets, 2 * i * length);
            fill(pairs.get(i).pair().rejected(), inputs, targets, (2 * i + 1) * length);
            reference[2 * i] = pairs.get(i).chosen();
            reference[2 * i + 1] = pairs.get(i).rejected();
        }
        return new AnswerPairs(new Batch(rows, length, inputs, targets), pairs.size(), reference);
    }

    private static void fill(RenderedConversation answer, int[] inputs, int[] targets, int first) {
        for (int i = 0; i + 1 < answer.length(); i++) {
            inputs[first + i] = answer.tokens()[i];
            targets[first + i] = answer.trained()[i + 1] ? answer.tokens()[i + 1] : Batch.IGNORED;
        }
    }
}
