package nanochat.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import nanochat.data.Batch;
import nanochat.engine.Sample;
import nanochat.objective.Advantages;
import nanochat.objective.Rollouts;

/// Makes micro-batches of the answers of a step: rows of prompt and answer, padded on the right, longest first, so that those of a micro-batch are of
/// about the same length. What has no place in the loss is not in them: answers without an advantage, unless they are held to a reference.
final class PolicyBatches {
    private final ReinforcementPlan plan;

    PolicyBatches(ReinforcementPlan plan) {
        this.plan = plan;
    }

    /// An answer and what it counts.
    private record Row(int[] prompt, Sample answer, double advantage, double share) {
        /// Tokens that the model reads: all but the last.
        int length() {
            return prompt.length + RolloutGroup.length(answer) - 1;
        }
    }

    /// The micro-batches of a step, without the reference's log-probabilities.
    List<Rollouts> of(List<RolloutGroup> groups) {
        List<Row> rows = rows(groups).stream().filter(row -> plan.policy().klCoefficient() > 0 || row.advantage != 0)
                .filter(row -> RolloutGroup.chosen(row.answer) > 0).sorted(Comparator.comparingInt((Row row) -> -row.length())).toList();
        List<Rollouts> batches = new ArrayList<>();
        for (int from = 0; from < rows.size();) {
            int length = plan.padding().length(rows.get(from).length());
            int count = plan.positions() / length;
            batches.add(batch(rows.subList(from, Math.min(rows.size(), from + count)), count, length));
            from += count;
        }
        return batches;
    }

    private List<Row> rows(List<RolloutGroup> groups) {
        Advantages advantages = plan.policy().advantages();
        int[] tokens = groups.stream().flatMap(group -> group.answers().stream()).mapToInt(RolloutGroup::chosen).toArray();
        double[] shares = plan.policy().normalization().shares(tokens, plan.rollouts().maximumTokens());
        List<Row> rows = new ArrayList<>();
        for (RolloutGroup group : groups) {
            double[] each = advantages.of(group.rewards());
            for (int i = 0; i < each.length; i++) {
                rows.add(new Row(group.prompt(), group.answers().get(i), each[i], shares[rows.size()]));
            }
        }
        return rows;
    }

    private static Rollouts batch(List<Row> rows, int count, int length) {
        int[] inputs = new int[count * length];
        int[] targets = new int[count * length];
        float[] advantages = new float[count * length];
        float[] old = new float[count * length];
        double[] shares = new double[count];
        Arrays.fill(targets, Batch.IGNORED);
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            shares[i] = row.share;
            int place = i * length;
            System.arraycopy(row.prompt, 0, inputs, place, row.prompt.length);
            place += row.prompt.length - 1; // where the answer's first token is predicted
            int[] answer = RolloutGroup.tokens(row.answer);
            boolean[] sampled = row.answer.sampled();
            Sample.Trace trace = row.answer.trace().orElseThrow();
            for (int t = 0; t < answer.length; t++) {
                if (t > 0) {
                    inputs[place + t] = answer[t - 1];
                }
                if (t >= sampled.length || sampled[t]) { // the token that ended the answer is the model's too
                    targets[place + t] = answer[t];
                    advantages[place + t] = (float) row.advantage;
                    old[place + t] = trace.logProbabilities()[t];
                }
            }
        }
        return new Rollouts(new Batch(count, length, inputs, targets), advantages, shares, old, Optional.empty());
    }
}
