package nanochat.explain;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import nanochat.checkpoint.ModelStage;
import nanochat.data.Batch;
import nanochat.data.Batches;
import nanochat.data.corpus.Split;
import nanochat.eval.BitsPerByte;
import nanochat.io.BaseDirectory;
import nanochat.model.Flops;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.objective.NextToken;
import nanochat.optim.MuonAdamW;
import nanochat.optim.OptimizerSettings;
import nanochat.optim.ParameterGroups;
import nanochat.optim.ScheduleValues;
import nanochat.report.StageRun;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Tape;
import nanochat.tokenizer.Tokenizer;
import nanochat.train.RunPlan;

/// A run of pretraining, as far as it has come: what it has cost, and how good its model is.
///
/// @param flops spent in its steps
/// @param bitsPerByte of its last validation
record MeasuredRun(String name, double flops, double bitsPerByte) {
    private static final int LENGTH = 64;
    private static final int ROWS = 8;
    private static final int VALIDATED = 4;

    /// What is trained on the spot where there are too few runs.
    private record Tiny(int layers, int width, int steps) {}

    private static final Recent<List<Tiny>, List<MeasuredRun>> TRAINED = new Recent<>(1);
    private static final List<Tiny> TINY = List.of(new Tiny(1, 32, 20), new Tiny(1, 64, 30), new Tiny(2, 64, 45), new Tiny(2, 96, 60));

    /// The pretraining runs beside a model that were validated after their last step, the cheapest first.
    static List<MeasuredRun> beside(BaseDirectory base) {
        Path models = ModelStage.BASE.models(base);
        if (!Files.isDirectory(models)) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(models)) {
            return folders.flatMap(folder -> StageRun.read(ModelStage.BASE, folder).flatMap(run -> of(folder.getFileName().toString(), run))
                    .stream()).sorted(Comparator.comparingDouble(MeasuredRun::flops)).toList();
        } catch (IOException unreadable) {
            return List.of();
        }
    }

    private static Optional<MeasuredRun> of(String name, StageRun run) {
        Optional<RunPlan> plan = run.plan();
        if (plan.isEmpty() || run.log().evaluations().isEmpty() || run.log().evaluations().getLast().step() < run.stepsTaken() || run
                .stepsTaken() == 0) {
            return Optional.empty();
        }
        double tokens = (double) plan.get().totalBatch() * run.stepsTaken();
        return Optional.of(new MeasuredRun(name, tokens * Flops.perToken(plan.get().config()), run.log().evaluations().getLast()
                .bitsPerByte()));
    }

    /// Tiny models that are trained on the built-in corpus when first asked for, always the same ones: seconds.
    static List<MeasuredRun> trained() {
        return TRAINED.of(TINY, MeasuredRun::trainTiny);
    }

    private static List<MeasuredRun> trainTiny() {
        Tokenizer tokenizer = TinyModel.learnTokenizer();
        RealBatches heldOut = RealBatches.ofCorpus(tokenizer, Split.VALIDATION);
        List<Batch> validation = Stream.generate(() -> heldOut.next(ROWS, LENGTH)).limit(VALIDATED).toList();
        List<MeasuredRun> runs = new ArrayList<>();
        for (Tiny each : TINY) {
            runs.add(train(each, tokenizer, validation));
        }
        return runs;
    }

    private static MeasuredRun train(Tiny tiny, Tokenizer tokenizer, List<Batch> validation) {
        int heads = tiny.width / 32;
        GptConfig config = new GptConfig(LENGTH, tokenizer.vocabularySize(), tiny.layers, heads, heads, tiny.width, "L",
                GptConfig.Generation.G2026_07);
        RealBatches text = RealBatches.ofCorpus(tokenizer, Split.TRAIN);
        try (Backend backend = Backends.open(Device.CPU, TinyModel.THREADS, DType.F32)) {
            GptParameters parameters = new GptParameters(config, backend, DType.F32, true);
            parameters.initialize(1);
            NextToken objective = new NextToken(new Gpt(parameters), new Tape(backend, DType.F32), ROWS, LENGTH);
            MuonAdamW optimizer = new MuonAdamW(backend, ParameterGroups.of(parameters, OptimizerSettings.DEFAULT.withLearningRatesTimes(
                    0.5)));
            for (int step = 0; step < tiny.steps; step++) {
                objective.addGradients(text.next(ROWS, LENGTH), 1);
                objective.takeLoss();
                optimizer.step(new ScheduleValues(1 - (double) step / tiny.steps, 0.9, 0));
            }
            Batches held = validation::forEach;
            double bits = BitsPerByte.measure(objective, held, tokenizer.tokenBytes(), () -> {}).value();
            double tokens = (double) tiny.steps * ROWS * LENGTH;
            return new MeasuredRun(tiny.layers + " x " + tiny.width, tokens * Flops.perToken(config), bits);
        }
    }
}
