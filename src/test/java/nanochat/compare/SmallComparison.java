package nanochat.compare;

import java.nio.file.Path;
import java.util.List;
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
        return new Conditions(flops, new PretrainingOptions.ModelDials(1, 32, 32, 32, "L"), 4, 265, rates, 0.5, DType.F32,
                new BuiltInDocuments(0).fingerprint());
    }

    static Comparison.Setup setup(Path folder, List<ObjectiveChoice> objectives, Conditions conditions, int seeds) {
        return new Comparison.Setup(folder, new BuiltInDocuments(0), conditions, objectives, seeds, 1);
    }
}
