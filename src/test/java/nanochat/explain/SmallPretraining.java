package nanochat.explain;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.ModelChoice;
import nanochat.checkpoint.ModelStage;
import nanochat.data.BuiltInDocuments;
import nanochat.data.Packing;
import nanochat.io.BaseDirectory;
import nanochat.optim.OptimizerSettings;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tokenizer.Tokenizer;
import nanochat.train.Pretraining;
import nanochat.train.PretrainingOptions;
import nanochat.train.PretrainingPlan;
import nanochat.train.StopSignal;

/// A run of pretraining that takes a moment, with bytes for tokens.
final class SmallPretraining {
    private static final Tokenizer BYTES = Tokenizer.ofMerges(List.of());

    private SmallPretraining() {
    }

    /// @param base the base directory
    static ModelChoice run(Path base, String tag, int depth, int iterations) {
        return run(base, tag, depth, iterations, Set.of());
    }

    /// @param snapshots steps after which the model is kept
    static ModelChoice run(Path base, String tag, int depth, int iterations, Set<Integer> snapshots) {
        PretrainingOptions options = new PretrainingOptions(new PretrainingOptions.ModelDials(depth, 16, 16, 16, "SL"),
                new PretrainingOptions.Horizon(iterations, -1, -1), new PretrainingOptions.BatchSizes(2, 64),
                OptimizerSettings.DEFAULT.withLearningRatesTimes(20), new PretrainingOptions.Warmth(2, 0.5, 0.1),
                new PretrainingOptions.Cadence(iterations, 100, -1, -1), Packing.BESTFIT, DType.F32, 11);
        BaseDirectory directory = new BaseDirectory(base);
        CheckpointDirectory checkpoints = CheckpointDirectory.of(directory.baseCheckpoints(), tag);
        Pretraining.Setup setup = new Pretraining.Setup(PretrainingPlan.of(options, BYTES.vocabularySize()), new BuiltInDocuments(3), BYTES,
                checkpoints, Map.of("depth", Integer.toString(depth)), Optional.empty(), snapshots);
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32);
                Pretraining pretraining = Pretraining.start(setup, backend, event -> {}, new StopSignal())) {
            pretraining.run();
        }
        return ModelChoice.of(directory, ModelStage.BASE, Optional.of(tag), Optional.empty());
    }
}
