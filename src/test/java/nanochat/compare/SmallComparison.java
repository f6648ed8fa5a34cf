package nanochat.compare;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import nanochat.data.BuiltInDocuments;
import nanochat.objective.ObjectiveChoice;
import nanochat.tensor.DType;
import nanochat.train.PretrainingOptions;

/// Comparisons that take seconds: one layer, bytes for tokens.
final class SmallComparison {
    static final List<ObjectiveChoice> KINDS = List.of(ObjectiveChoice.nextToken(), new ObjectiveChoice.OfMasked(0.3),
            new ObjectiveChoice.OfDiffusion());

    private SmallComparison() {
    }

    static Conditions conditions(double flops, List<Double> rates) {
        return new Conditions(flops, new PretrainingOptions.ModelDials(1, 32, 32, 32, "L"), 4, 265, rates, 0.5, 0.5, DType.F32,
                new BuiltInDocuments(0).fingerprint(), Conditions.NO_JUDGE);
    }

    static Comparison.Setup setup(Path folder, List<ObjectiveChoice> objectives, Conditions conditions, int seeds) {
        return new Comparison.Setup(folder, new BuiltInDocuments(0), conditions, objectives, seeds, Optional.empty(), 1);
    }

    /// A little of each.
    static Yardsticks yardsticks() {
        BuiltInDocuments documents = new BuiltInDocuments(0);
        ProbeTask order = ProbeTask.of(documents).getLast();
        WritingTask writing = WritingTask.of(documents);
        return new Yardsticks(Blank.facts(12), List.of(new ProbeTask(order.kind(), order.classes(), order.learned().subList(0, 40), order
                .asked().subList(0, 20))), new WritingTask(writing.facts().subList(0, 3), writing.documents().subList(0, 3)));
    }
}
