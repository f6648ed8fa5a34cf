package nanochat.explain;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import nanochat.data.Packing;
import nanochat.io.BaseDirectory;
import nanochat.model.Flops;
import nanochat.model.GptConfig;
import nanochat.model.ParameterCounts;
import nanochat.optim.OptimizerSettings;
import nanochat.optim.PretrainingSchedule;
import nanochat.optim.ScalingLaws;
import nanochat.page.Axis;
import nanochat.page.Block.Charts;
import nanochat.page.Block.Fact;
import nanochat.page.Block.Facts;
import nanochat.page.Block.Table;
import nanochat.page.Chart;
import nanochat.page.Words;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Tensor;
import nanochat.tensor.Visibility;
import nanochat.train.PretrainingOptions;
import nanochat.train.PretrainingPlan;

/// What `--depth` sets, what compute buys on this machine, and what the next depth would cost here.
final class ScalingTopic implements Topic {
    private static final int FEWEST_RUNS = 3;
    private static final int ROWS = 8;
    private static final int ROWS_MEASURED = 4;
    private static final int PRODUCT_ROWS = 1024;
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final double GIGA = 1e9;

    @Override
    public String name() {
        return "scaling";
    }

    @Override
    public List<Knob> knobs() {
        return List.of(new Knob.Whole("depth", 0, 0, 32), new Knob.Whole("ratio", (int) ScalingLaws.DEFAULT_TOKENS_PER_PARAMETER, 1, 200));
    }

    @Override
    public void explain(Subject subject, Knobs chosen, Explanation page) {
        int depth = subject.config().layers();
        int next = chosen.whole("depth") == 0 ? Math.min(32, depth + 1) : chosen.whole("depth");
        PretrainingPlan planned = plan(subject, next, chosen.whole("ratio"));
        page.lead();
        dial(subject, depth, next, chosen.whole("ratio"), page);
        runs(subject, planned, page);
        cost(subject, planned, page);
        page.end(List.of("./nanochat explain scaling --set depth=12", "./nanochat pretrain --depth 2 --target-param-data-ratio 2",
                "./nanochat pretrain --depth 3 --target-param-data-ratio 2", "./nanochat bench machine"), SourcePlace.of(GptConfig.class,
                        "ofDepth"), SourcePlace.of(ScalingLaws.class, "bestBatch"), SourcePlace.of(Flops.class, "perToken"));
    }

    /// What `nanochat pretrain --depth` would do by default, with the subject's vocabulary and length of rows.
    private static PretrainingPlan plan(Subject subject, int depth, int ratio) {
        return PretrainingPlan.of(new PretrainingOptions(new PretrainingOptions.ModelDials(depth, 64, 128, subject.config()
                .sequenceLength(), "SSSL"), new PretrainingOptions.Horizon(PretrainingOptions.UNSET, PretrainingOptions.UNSET, ratio),
                new PretrainingOptions.BatchSizes(ROWS, PretrainingOptions.UNSET), OptimizerSettings.DEFAULT,
                new PretrainingOptions.Warmth(PretrainingSchedule.DEFAULT_WARMUP_STEPS, PretrainingSchedule.DEFAULT_WARMDOWN_RATIO,
                        PretrainingSchedule.DEFAULT_FINAL_LEARNING_RATE_FRACTION), new PretrainingOptions.Cadence(PretrainingOptions.UNSET,
                                PretrainingOptions.UNSET, PretrainingOptions.UNSET, PretrainingOptions.UNSET), Packing.BESTFIT, DType.F32,
                42), subject.config().vocabularySize());
    }

    private static void dial(Subject subject, int depth, int next, int ratio, Explanation page) {
        List<Integer> depths = Stream.of(2, 4, 8, 12, 20, depth, next).distinct().sorted().toList();
        List<PretrainingPlan> plans = depths.stream().map(each -> plan(subject, each, ratio)).toList();
        page.section("dial.title");
        page.say("dial", ratio);
        page.show(new Table(page.words("dial.table"), Stream.of("depth", "width", "n", "tokens", "batch", "steps", "rate", "flops").map(
                column -> page.words("dial." + column)).toList(), plans.stream().map(plan -> List.of(Integer.toString(plan.config()
                        .layers()), Words.whole(plan.config().embedding()), millions(ParameterCounts.of(plan.config()).scaling()),
                        millions(tokens(plan)), Words.whole(plan.totalBatch()), Words.whole(plan.iterations()), Words.significant(Math.sqrt(
                                plan.totalBatch() / (double) ScalingLaws.REFERENCE_BATCH)), Words.significant(flops(plan)))).toList()));
        page.say("dial.why");
        page.claim("flops_as_counted", Stream.concat(plans.stream().map(PretrainingPlan::config), Stream.of(subject.config())).filter(
                config -> config.generation() == GptConfig.Generation.G2026_07).allMatch(config -> counted(config) == Flops.perToken(
                        config)), Words.whole(Flops.perToken(subject.config())));
        page.claim("steps_make_the_tokens", plans.stream().allMatch(plan -> {
            long wanted = (long) ratio * ParameterCounts.of(plan.config()).scaling();
            return tokens(plan) <= wanted && wanted < tokens(plan) + plan.totalBatch();
        }), ratio);
        page.number("flops_per_token", Flops.perToken(subject.config()));
    }

    private static String millions(double count) {
        return Words.significant(count / 1e6);
    }

    private static double tokens(PretrainingPlan plan) {
        return (double) plan.totalBatch() * plan.iterations();
    }

    private static double flops(PretrainingPlan plan) {
        return tokens(plan) * Flops.perToken(plan.config());
    }

    /// The same count by hand: queries, keys, values and the way out, two layers of four times the width, the unembedding, the gates; and the keys
    /// that every layer sees.
    private static long counted(GptConfig config) {
        long width = config.embedding();
        long products = width * config.paddedVocabularySize() + 24;
        long keys = 0;
        for (int layer = 0; layer < config.layers(); layer++) {
            products += 2 * width * width + 2 * width * config.kvWidth() + 8 * width * width;
            products += config.hasValueEmbedding(layer) ? 12L * config.kvHeads() : 0;
            keys += Math.min(config.window(layer), config.sequenceLength());
        }
        return 6 * products + 12 * width * keys;
    }

    /// What compute has bought on this machine so far.
    private static void runs(Subject subject, PretrainingPlan planned, Explanation page) {
        List<MeasuredRun> found = subject.choice().map(choice -> MeasuredRun.beside(new BaseDirectory(choice.checkpoints()
                .folder().resolve("../..")))).orElse(List.of());
        boolean enough = found.stream().mapToDouble(MeasuredRun::flops).distinct().count() >= FEWEST_RUNS;
        List<MeasuredRun> runs = enough ? found : MeasuredRun.trained();
        double[] flops = runs.stream().mapToDouble(MeasuredRun::flops).toArray();
        double[] bits = runs.stream().mapToDouble(MeasuredRun::bitsPerByte).toArray();
        PowerLaw law = PowerLaw.fit(flops, bits);
        int last = runs.size() - 1;
        PowerLaw blind = PowerLaw.fit(Arrays.copyOf(flops, last), Arrays.copyOf(bits, last));
        double off = blind.at(flops[last]) / bits[last] - 1;
        page.section("runs.title");
        page.say(enough ? "runs.found" : "runs.trained", runs.size(), found.size());
        page.show(new Table(page.words("runs.table"), Stream.of("runs.run", "runs.flops", "runs.bits", "runs.law").map(page::words)
                .toList(),
                runs.stream().map(run -> List.of(run.name(), Words.significant(run.flops()), Words.decimals(run.bitsPerByte(), 3), Words
                        .decimals(law.at(run.flops()), 3))).toList()));
        double end = enough ? Math.max(flops[last], flops(planned)) : 10 * flops[last];
        List<Chart.Point> curve = new ArrayList<>();
        for (int i = 0; i <= 40; i++) {
            double x = flops[0] * Math.pow(end / flops[0], i / 40.0);
            curve.add(new Chart.Point(x, law.at(x)));
        }
        page.show(new Charts(List.of(new Chart(page.words("runs.chart"), page.words("runs.unit"), Axis.logarithmic(DoubleStream.of(flops[0],
                end)), Axis.logarithmic(DoubleStream.concat(DoubleStream.of(bits), curve.stream().mapToDouble(Chart.Point::y))), List.of(
                        new Chart.Series(page.words("runs.dots"), Chart.Style.DOTS, runs.stream().map(run -> new Chart.Point(run.flops(),
                                run
                                        .bitsPerByte())).toList()), new Chart.Series(page.words("runs.line"), Chart.Style.LINE, curve))))));
        page.say("runs.fit", Words.significant(-law.exponent()), Words.percent(1 - Math.pow(10, law.exponent())), Words.percent(law
                .worst()),
                Words.percent(Math.abs(off)), page.words(off < 0 ? "runs.low" : "runs.high"));
        page.say("runs.honest");
        page.claim("more_compute_less_loss", bits[last] < bits[0], Words.significant(flops[last] / flops[0]), Words.decimals(bits[0], 3),
                Words.decimals(bits[last], 3));
        page.number("runs", runs.size());
        page.number("runs_found", found.size());
        page.number("exponent", law.exponent());
        page.number("worst", law.worst());
        page.number("largest_left_out_off", off);
    }

    /// What a run of the next depth would take here.
    private static void cost(Subject subject, PretrainingPlan planned, Explanation page) {
        GptConfig mine = subject.config();
        GptConfig config = planned.config();
        double products = productRate(subject, config.embedding());
        StepCost step = StepCost.measure(mine, ROWS_MEASURED, mine.sequenceLength(), false, subject.threads(),
                layer -> new Visibility.Causal(
                        mine.window(layer)), SHORT);
        double training = (double) ROWS_MEASURED * mine.sequenceLength() * Flops.perToken(mine) / step.seconds();
        double flops = flops(planned);
        TrainingBytes kept = TrainingBytes.of(config, ROWS, config.sequenceLength(), false);
        TrainingBytes again = TrainingBytes.of(config, ROWS, config.sequenceLength(), true);
        page.figure("next_flops", flops, Words.significant(flops));
        page.figure("next_seconds", flops / training, Words.duration(flops / training));
        page.figure("next_bytes", kept.all(), Words.gigabytes(kept.all()));
        page.section("cost.title", config.layers());
        page.say("cost", config.layers(), Words.whole(config.embedding()), millions(ParameterCounts.of(config).total()));
        page.show(new Facts(page.words("cost.facts", config.layers()), List.of(
                new Fact(page.words("cost.tokens"), millions(tokens(planned))),
                new Fact(page.words("cost.flops"), Words.significant(flops)),
                new Fact(page.words("cost.products"), Words.significant(products / GIGA) + " GFLOP/s"),
                new Fact(page.words("cost.training"), Words.significant(training / GIGA) + " GFLOP/s (" + Words.percent(training / products)
                        + ")"),
                new Fact(page.words("cost.ideal"), Words.duration(flops / products)),
                new Fact(page.words("cost.seconds"), Words.duration(flops / training)),
                new Fact(page.words("cost.bytes"), Words.gigabytes(kept.all())),
                new Fact(page.words("cost.recompute"), Words.gigabytes(again.all())))));
        page.say("cost.why");
        page.number("product_gflops", products / GIGA);
        page.number("training_gflops", training / GIGA);
    }

    /// Floating-point operations a second of bare products as wide as a model's.
    private static double productRate(Subject subject, int width) {
        try (Backend backend = Backends.open(Device.CPU, subject.threads(), DType.F32)) {
            Tensor x = backend.allocate(DType.F32, PRODUCT_ROWS, width);
            Tensor w = backend.allocate(DType.F32, 4 * width, width);
            Tensor y = backend.allocate(DType.F32, PRODUCT_ROWS, 4 * width);
            double shortest = Double.POSITIVE_INFINITY;
            long end = System.nanoTime() + SHORT.toNanos();
            while (System.nanoTime() < end || shortest == Double.POSITIVE_INFINITY) {
                long began = System.nanoTime();
                backend.linear(y, x, w, false);
                backend.finish();
                shortest = Math.min(shortest, (System.nanoTime() - began) * 1e-9);
            }
            return 2.0 * PRODUCT_ROWS * width * 4 * width / shortest;
        }
    }
}
