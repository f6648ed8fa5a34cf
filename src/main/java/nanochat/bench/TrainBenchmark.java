package nanochat.bench;

import java.util.ArrayList;
import java.util.List;
import nanochat.data.Batch;
import nanochat.data.BatchLayout;
import nanochat.data.BatchLoader;
import nanochat.data.BuiltInDocuments;
import nanochat.data.Packing;
import nanochat.data.Share;
import nanochat.data.corpus.BuiltInCorpus;
import nanochat.data.corpus.Split;
import nanochat.io.ProcessMemory;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.objective.Objective;
import nanochat.objective.ObjectiveChoice;
import nanochat.optim.MuonAdamW;
import nanochat.optim.OptimizerSettings;
import nanochat.optim.ParameterGroups;
import nanochat.optim.ScheduleValues;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Tape;
import nanochat.tokenizer.BpeTrainer;
import nanochat.tokenizer.Tokenizer;
import nanochat.tokenizer.TrainerOptions;
import nanochat.tokenizer.TrainingProgress;

/// How fast this machine trains, and where the time goes. All times are medians; the limits are measured between the steps of the
/// same run. "Forward" ends with the loss, which already multiplies out the gradients of lm_head and of the last norm.
///
/// @param tokensPerSecond      of training: forward, backward, data, and a share of the optimizer's step every 16 micro-batches
/// @param modelGflops          floating-point operations of forward and backward by docs/formulas.md#cost, 10^9 a second
/// @param matmulGflops         the limit: matrix products of the same type
/// @param ratioForwardBackward the one by the other
/// @param ratioStep            the same with the optimizer's step after 16 micro-batches
/// @param peakBytes            the process's largest memory where the system tells it, else what the tensors took
/// @param tensorBytes          all memory off the Java heap: parameters, gradients, moments, activations, scratch
public record TrainBenchmark(double tokensPerSecond, double modelGflops, double matmulGflops, double ratioForwardBackward,
        double ratioStep, double forwardMs, double backwardMs, double optimizerMs, double dataMs, long peakBytes, long tensorBytes,
        int threads, String dtype, List<Row> operations) {
    private static final int MICRO_BATCHES_A_STEP = 16;
    private static final int WARM_UP = 5;
    private static final int ROUNDS = 9;
    private static final int OPTIMIZER_ROUNDS = 5;
    private static final int TOKENIZER_DOCUMENTS = 2000;
    private static final int TOKENIZER_VOCABULARY = 2048;

    /// What to train.
    ///
    /// @param rows   of a micro-batch
    /// @param length tokens of a row
    /// @param recompute whether blocks are computed again in the backward pass
    /// @param objective what is learned; it decides the windows where it sees whole rows
    public record Setting(int depth, int length, int rows, int vocabularySize, String windowPattern, DType dtype, int threads,
            boolean recompute, ObjectiveChoice objective) {}

    /// One kind of operation.
    ///
    /// @param milliseconds a micro-batch, or an optimizer step
    /// @param floorMs      what its floating-point operations or bytes take at the measured limits
    public record Row(String operation, int calls, double milliseconds, double floorMs) {
        /// Floor by time: 1 is perfect.
        public double ratio() {
            return floorMs / milliseconds;
        }
    }

    /// Runs it: some seconds to minutes, depending on the size.
    public static TrainBenchmark run(Setting setting) {
        try (TimedBackend backend = new TimedBackend(Backends.open(Device.CPU, setting.threads, setting.dtype));
                BatchLoader loader = loader(setting);
                Backend limits = Backends.open(Device.CPU, setting.threads, setting.dtype)) {
            return new Run(setting, backend, loader, new MatrixRate(limits, setting.dtype)).measure();
        }
    }

    private static BatchLoader loader(Setting setting) {
        BuiltInCorpus corpus = new BuiltInCorpus(0);
        Tokenizer tokenizer = BpeTrainer.train(
                corpus.documents(Split.TRAIN).limit(TOKENIZER_DOCUMENTS).iterator(),
                TrainerOptions.defaults().withVocabularySize(Math.min(TOKENIZER_VOCABULARY, setting.vocabularySize)), TrainingProgress.NONE)
                .tokenizer();
        return new BatchLoader(new BuiltInDocuments(0), tokenizer, new BatchLayout(Packing.BESTFIT, setting.rows, setting.length),
                Share.WHOLE);
    }

    private static final class Run {
        private final Setting setting;
        private final GptConfig config;
        private final TimedBackend backend;
        private final BatchLoader loader;
        private final MatrixRate matrixRate;
        private final MuonAdamW optimizer;
        private final Objective objective;
        private final List<Double> forward = new ArrayList<>();
        private final List<Double> backward = new ArrayList<>();
        private final List<Double> data = new ArrayList<>();
        private final List<Double> step = new ArrayList<>();

        Run(Setting setting, TimedBackend backend, BatchLoader loader, MatrixRate matrixRate) {
            this.setting = setting;
            this.backend = backend;
            this.loader = loader;
            this.matrixRate = matrixRate;
            ObjectiveChoice choice = setting.objective;
            config = GptConfig.ofDepth(setting.depth, 64, 128, setting.length, setting.vocabularySize + choice.extraTokens(), choice
                    .seesWholeRow() ? GptConfig.WHOLE_CONTEXT : setting.windowPattern);
            GptParameters parameters = new GptParameters(config, choice.extraHeads(), backend, setting.dtype, _ -> true);
            parameters.initialize(1);
            optimizer = new MuonAdamW(backend, ParameterGroups.of(parameters, OptimizerSettings.DEFAULT));
            objective = choice.of(new Gpt(parameters, setting.length, setting.recompute), new Tape(backend, setting.dtype), setting.rows,
                    setting.length, 1);
        }

        TrainBenchmark measure() {
            for (int i = 0; i < WARM_UP; i++) {
                microBatch();
                optimizerStep();
                matrixRate.measure();
            }
            forgetTimes();
            for (int i = 0; i < ROUNDS; i++) {
                microBatch();
                matrixRate.measure();
            }
            List<Row> rows = new ArrayList<>(rows(ROUNDS));
            backend.reset();
            for (int i = 0; i < OPTIMIZER_ROUNDS; i++) {
                optimizerStep();
            }
            double limit = matrixRate.measure();
            rows.addAll(rows(OPTIMIZER_ROUNDS));
            return result(limit, rows);
        }

        private void forgetTimes() {
            backend.reset();
            List.of(forward, backward, data, step).forEach(List::clear);
        }

        private void microBatch() {
            long start = System.nanoTime();
            Batch batch = loader.next();
            long loaded = System.nanoTime();
            objective.addGradients(batch, 1);
            objective.takeLoss();
            long end = System.nanoTime();
            long lossKnown = backend.lossKnown();
            data.add((loaded - start) * 1e-6);
            forward.add((lossKnown - loaded) * 1e-6);
            backward.add((end - lossKnown) * 1e-6);
        }

        private void optimizerStep() {
            long start = System.nanoTime();
            optimizer.step(new ScheduleValues(1, 0.95, 1));
            objective.afterUpdate();
            backend.finish();
            step.add((System.nanoTime() - start) * 1e-6);
        }

        private List<Row> rows(int rounds) {
            double flopsPerMs = matrixRate.measure() * 1e-3;
            double bytesPerMs = MemoryBandwidth.read(setting.threads) * 1e-3;
            return backend.costs().entrySet().stream().map(entry -> {
                TimedBackend.Cost cost = entry.getValue();
                double floor = Math.max(cost.flops() / flopsPerMs, cost.bytes() / bytesPerMs);
                return new Row(entry.getKey(), cost.calls() / rounds, cost.seconds() * 1e3 / rounds, floor / rounds);
            }).toList();
        }

        private TrainBenchmark result(double limit, List<Row> rows) {
            double tokens = (double) setting.rows * setting.length;
            double flops = setting.objective.flopsPerToken(config) * tokens;
            double forwardBackward = median(forward) + median(backward);
            double wholeStep = forwardBackward + median(data) + median(step) / MICRO_BATCHES_A_STEP;
            double rate = flops / forwardBackward * 1e3;
            return new TrainBenchmark(tokens / wholeStep * 1e3, rate * 1e-9, limit * 1e-9, rate / limit, flops / wholeStep * 1e3 / limit,
                    median(forward), median(backward), median(step), median(data), ProcessMemory.peakBytes().orElse(backend
                            .allocatedBytes()),
                    backend.allocatedBytes(), setting.threads, setting.dtype == DType.BF16 ? "bf16" : "f32", rows);
        }
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
    }
}
