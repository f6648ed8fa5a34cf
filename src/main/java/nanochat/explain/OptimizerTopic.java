package nanochat.explain;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.data.Batch;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters.Layer;
import nanochat.model.ParameterCounts;
import nanochat.optim.AdamWGroup;
import nanochat.optim.MuonAdamW;
import nanochat.optim.MuonGroup;
import nanochat.optim.OptimizerSettings;
import nanochat.optim.ParameterGroup;
import nanochat.optim.PretrainingSchedule;
import nanochat.optim.ScheduleValues;
import nanochat.page.Axis;
import nanochat.page.Block.Charts;
import nanochat.page.Block.HeatMap;
import nanochat.page.Block.Table;
import nanochat.page.Chart;
import nanochat.page.Thinning;
import nanochat.page.Words;
import nanochat.report.StageRun;
import nanochat.tensor.Parameter;
import nanochat.tensor.PolarExpress;
import nanochat.tensor.Tensor;
import nanochat.train.RunEvent;
import nanochat.train.RunPlan;

/// What becomes of a gradient: Muon on one real matrix, momentum, how large a step is in every layer, and the schedules of the model's own run.
final class OptimizerTopic implements Topic {
    private static final int BATCHES = 8;
    private static final int LONGEST = 64;
    /// Directions weaker than this share of the whole are lifted, but not all the way.
    private static final double WEAKEST = 0.001;
    private static final double ROUNDING = 2e-3;
    private static final double FLOOR = 1e-3;
    private static final int SHOWN = 24;
    private static final int TOLD = 60;
    private static final int STEPS_WITHOUT_RUN = 600;

    /// The matrices of a block, in the order of the forward pass.
    private static final List<Matrix> MATRICES = List.of(new Matrix("c_q", Layer::cQ), new Matrix("c_k", Layer::cK),
            new Matrix("c_v", Layer::cV), new Matrix("c_proj", Layer::cProj), new Matrix("c_fc", Layer::mlpFc),
            new Matrix("mlp_proj", Layer::mlpProj));

    private record Matrix(String title, Function<Layer, Parameter> in) {
        static List<String> titles() {
            return MATRICES.stream().map(Matrix::title).toList();
        }

        static Parameter named(String title, Layer layer) {
            return MATRICES.stream().filter(matrix -> matrix.title.equals(title)).findFirst().orElseThrow().in.apply(layer);
        }
    }

    @Override
    public String name() {
        return "optimizer";
    }

    @Override
    public List<Knob> knobs() {
        return List.of(new Knob.Whole("layer", 0, 0, 63), new Knob.Choice("matrix", Stream.concat(Stream.of("c_fc"), Matrix
                .titles().stream()).distinct()
                .toList()), new Knob.Whole("rows", 4, 1, 64));
    }

    @Override
    public List<Knob> knobs(GptConfig config) {
        return Knob.within(knobs(), "layer", config.layers() - 1);
    }

    @Override
    public void explain(Subject subject, Knobs chosen, Explanation page) {
        Optional<StageRun> run = subject.choice().flatMap(choice -> StageRun.read(choice.stage(), choice.checkpoints().folder()));
        Optional<RunPlan> plan = run.flatMap(StageRun::plan);
        OptimizerSettings settings = plan.map(RunPlan::settings).orElse(OptimizerSettings.DEFAULT);
        RunSchedule schedule = plan.map(RunSchedule::of).orElseGet(() -> RunSchedule.of(PretrainingSchedule.of(STEPS_WITHOUT_RUN)));
        int rows = chosen.whole("rows");
        int length = Math.min(LONGEST, subject.config().sequenceLength());
        RealBatches text = RealBatches.of(subject, page.language());
        List<Batch> batches = Stream.generate(() -> text.next(rows, length)).limit(BATCHES).toList();
        page.lead();
        try (ModelCopy copy = new ModelCopy(subject, settings)) {
            Layer layer = copy.parameters().layer(Math.min(chosen.whole("layer"), subject.config().layers() - 1));
            Parameter watched = Matrix.named(chosen.text("matrix"), layer);
            ModelCopy.Gathered gathered = copy.gather(batches, watched);
            int step = subject.choice().map(choice -> Math.clamp(choice.step(), 0, schedule.iterations() - 1)).orElse(0);
            double momentum = schedule.valuesAt(step).muonMomentum();
            polarExpress(copy, watched, gathered.each().getFirst(), rows * length, page);
            List<List<Double>> gradients = byLayer(copy, copy::gradientSize);
            momentum(copy, watched, gathered.each(), momentum, page);
            sizes(copy, gradients, momentum, gathered.loss(), page);
            groups(copy, page);
        }
        schedules(schedule, run, page);
        page.end(List.of("./nanochat explain optimizer --set layer=1 --set matrix=c_q", "./nanochat explain optimizer --set rows=1",
                "./nanochat pretrain --depth 2 --matrix-lr 0.2"), SourcePlace.of(MuonAdamW.class, "step"),
                SourcePlace.of(PolarExpress.class, "of"), SourcePlace.of(PretrainingSchedule.class, "at"));
    }

    /// One gradient before and after, and how five polynomials do it.
    private static void polarExpress(ModelCopy copy, Parameter matrix, float[] gradient, int tokens, Explanation page) {
        int rows = matrix.value().rows();
        int columns = matrix.value().columns();
        MuonTrial trial = MuonTrial.of(copy.backend(), gradient, rows, columns);
        int count = trial.measured().length;
        int before = MuonTrial.directionsFor(0.9, trial.gradient());
        int after = MuonTrial.directionsFor(0.9, trial.measured());
        page.figure("directions_before", before, page.words("of", before, count));
        page.figure("directions_after", after, page.words("of", after, count));

        page.section("matrix.title");
        page.say("matrix", tokens, matrix.name(), rows, columns, count);
        double root = Math.sqrt(count);
        page.show(new Charts(List.of(new Chart(page.words("matrix.chart"), page.words("matrix.unit"), Axis.from(0, count), Axis
                .logarithmic(DoubleStream.concat(DoubleStream.of(FLOOR), DoubleStream.concat(DoubleStream.of(trial.gradient()).map(
                        value -> value * root), DoubleStream.of(trial.measured()))).map(OptimizerTopic::drawn)),
                List.of(series(page.words("matrix.gradient"), Chart.Style.DOTS, trial.gradient(), root / PolarExpress.LARGEST),
                        series(page.words("matrix.step"), Chart.Style.LINE, trial.measured(), 1))))));
        page.say("matrix.result", before, Words.percent((double) before / count), after);
        page.number("directions", count);
        page.claim("step_is_spread_wider", after > before, before, after);

        page.section("steps.title");
        page.say("steps");
        int[] shown = IntStream.range(0, Math.min(SHOWN, count)).map(i -> (int) ((count - 1) * Math.pow(
                i / Math.max(1.0, Math.min(SHOWN, count) - 1), 2))).distinct().toArray();
        List<String> names = new ArrayList<>(List.of(page.words("steps.gradient"), page.words("steps.evened")));
        List<List<Double>> shades = new ArrayList<>(List.of(shades(trial.gradient(), shown), shades(trial.evened(), shown)));
        for (int i = 0; i < trial.steps().size(); i++) {
            names.add(page.words("steps.after", i + 1));
            shades.add(shades(trial.steps().get(i), shown));
        }
        page.show(new HeatMap(page.words("steps.map"), names, IntStream.of(shown).mapToObj(i -> Integer.toString(i + 1)).toList(), shades));
        page.claim("polynomials_tell", trial.apart() < ROUNDING, Words.significant(trial.apart()));
        PolarExpress.Band band = PolarExpress.band(WEAKEST);
        page.claim("within_band", trial.strongAreWithin(band, WEAKEST, ROUNDING), trial.strongerThan(WEAKEST), count, Words.decimals(band
                .lowest(), 2), Words.decimals(band.highest(), 2));
        double stepApart = MuonTrial.fromOrthogonal(trial.measured());
        double gradientApart = MuonTrial.fromOrthogonal(trial.gradient());
        page.claim("nearly_orthogonal", stepApart < gradientApart, Words.significant(stepApart), Words.significant(gradientApart));
        page.number("from_orthogonal", stepApart);
        page.number("from_orthogonal_before", gradientApart);
        page.number("polynomials_apart", trial.apart());
        page.say("steps.then");
    }

    private static double drawn(double value) {
        return Math.max(FLOOR, value);
    }

    private static Chart.Series series(String name, Chart.Style style, double[] values, double factor) {
        return new Chart.Series(name, style, Thinning.means(IntStream.range(0, values.length).mapToObj(i -> new Chart.Point(i + 1, drawn(
                values[i] * factor))).toList()));
    }

    private static List<Double> shades(double[] values, int[] shown) {
        return IntStream.of(shown).mapToObj(i -> Math.min(1, values[i])).toList();
    }

    /// What batches have in common, what is chance in each, and what the optimizer keeps of them. It takes its step here.
    private static void momentum(ModelCopy copy, Parameter matrix, List<float[]> each, double momentum, Explanation page) {
        float[] kept = copy.momentum(matrix);
        float[] mean = copy.backend().read(matrix.gradient());
        double alone = IntStream.range(0, each.size()).mapToDouble(i -> IntStream.range(0, i).mapToDouble(j -> cosine(each.get(i), each.get(
                j))).sum()).sum() / (each.size() * (each.size() - 1) / 2.0);
        double length = ModelCopy.rootMeanSquare(mean) / each.stream().mapToDouble(ModelCopy::rootMeanSquare).average().orElse(1);
        page.section("momentum.title");
        page.say("momentum", each.size());
        List<List<String>> rows = new ArrayList<>(List.of(List.of(page.words("momentum.pairs"), Words.decimals(alone, 3)),
                List.of(page.words("momentum.length", each.size()), Words.decimals(length, 3)), List.of(page.words("momentum.chance", each
                        .size()), Words.decimals(1 / Math.sqrt(each.size()), 3))));
        if (copy.isResumed()) {
            rows.add(List.of(page.words("momentum.kept"), Words.decimals(cosine(kept, mean), 3)));
        }
        page.show(new Table(page.words("momentum.table"), List.of(page.words("momentum.what"), page.words("momentum.number")), rows));
        page.say("momentum.memory", Words.decimals(momentum, 3), Words.decimals(1 - momentum, 3), Math.round(1 / (1 - momentum)));
        copy.step(new ScheduleValues(1, momentum, 0));
        float[] after = copy.momentum(matrix);
        double off = 0;
        double largest = Double.MIN_NORMAL;
        for (int i = 0; i < after.length; i++) {
            off = Math.max(off, Math.abs(after[i] - (momentum * kept[i] + (1 - momentum) * mean[i])));
            largest = Math.max(largest, Math.abs(after[i]));
        }
        page.claim("momentum_is_this_average", off < 1e-5 * largest, Words.decimals(momentum, 3), Words.decimals(1 - momentum, 3), Words
                .significant(off / largest));
        page.number("cosine_of_two_batches", alone);
        page.number("length_of_mean", length);
    }

    private static double cosine(float[] first, float[] second) {
        double dot = 0;
        double firstSquares = 0;
        double secondSquares = 0;
        for (int i = 0; i < first.length; i++) {
            dot += (double) first[i] * second[i];
            firstSquares += (double) first[i] * first[i];
            secondSquares += (double) second[i] * second[i];
        }
        return dot / Math.max(Math.sqrt(firstSquares * secondSquares), Double.MIN_NORMAL);
    }

    /// How far the step went in every layer.
    ///
    /// @param gradients by layer and matrix
    private static void sizes(ModelCopy copy, List<List<Double>> gradients, double momentum, double loss, Explanation page) {
        page.section("sizes.title");
        page.say("sizes", Words.decimals(loss, 3), Words.decimals(momentum, 3));
        page.show(table(page, "sizes.gradients", gradients, 1e6));
        page.show(table(page, "sizes.steps", byLayer(copy, parameter -> copy.change(parameter) / Math.max(ModelCopy.rootMeanSquare(copy
                .valuesBefore(parameter)), Double.MIN_NORMAL)), 100));
        double gradientRange = range(gradients);
        double stepRange = range(byLayer(copy, copy::change));
        page.figure("gradient_range", gradientRange, Words.significant(gradientRange) + " ×");
        page.figure("step_range", stepRange, Words.significant(stepRange) + " ×");
        page.say("sizes.result", Words.significant(gradientRange), Words.significant(stepRange));
        double off = 0;
        for (ParameterGroup group : copy.groups()) {
            off = Math.max(off, switch (group) {
                case MuonGroup muon -> muon.parameters().stream().mapToDouble(parameter -> offPromise(copy, muon, parameter)).max().orElse(
                        0);
                case AdamWGroup _ -> 0;
            });
        }
        page.claim("every_step_has_its_size", off < 0.01, Words.percent(off));
    }

    private static double range(List<List<Double>> sizes) {
        var summary = sizes.stream().flatMap(List::stream).mapToDouble(Double::doubleValue).filter(size -> size > 0).summaryStatistics();
        return summary.getCount() == 0 ? 1 : summary.getMax() / summary.getMin();
    }

    /// By how much the step of a matrix misses the norm that Muon gives it: that of an orthogonal matrix times the learning rate, times the root of
    /// rows over columns where there are more rows.
    private static double offPromise(ModelCopy copy, MuonGroup group, Parameter parameter) {
        Tensor value = parameter.value();
        double rows = value.rows();
        double columns = value.columns();
        double promised = group.initialLearningRate() * Math.sqrt(Math.max(1, rows / columns)) * Math.sqrt(Math.min(rows, columns));
        double taken = copy.change(parameter) * Math.sqrt(rows * columns);
        return taken == 0 ? 0 : Math.abs(taken / promised - 1);
    }

    private static List<List<Double>> byLayer(ModelCopy copy, ToDoubleFunction<Parameter> size) {
        return copy.parameters().layers().stream().map(layer -> MATRICES.stream().map(matrix -> size.applyAsDouble(matrix.in.apply(
                layer))).toList()).toList();
    }

    private static Table table(Explanation page, String key, List<List<Double>> sizes, double unit) {
        List<List<String>> rows = new ArrayList<>();
        for (List<Double> layer : sizes) {
            rows.add(Stream.concat(Stream.of(Integer.toString(rows.size() + 1)), layer.stream().map(size -> Words.significant(size * unit)))
                    .toList());
        }
        return new Table(page.words(key), Stream.concat(Stream.of(page.words("sizes.where")), Matrix.titles().stream()).toList(), rows);
    }

    /// Who is updated by which rule.
    private static void groups(ModelCopy copy, Explanation page) {
        List<List<String>> rows = new ArrayList<>();
        long numbers = 0;
        for (ParameterGroup group : copy.groups()) {
            long size = group.parameters().stream().mapToLong(parameter -> parameter.value().size()).sum();
            numbers += size;
            double change = Math.sqrt(group.parameters().stream().mapToDouble(parameter -> Math.pow(copy.change(parameter), 2) * parameter
                    .value().size()).sum() / size);
            String rule = switch (group) {
                case MuonGroup _ -> "Muon";
                case AdamWGroup _ -> "AdamW";
            };
            rows.add(List.of(names(group), rule, Words.whole(size), Words.significant(group.initialLearningRate()), Words.significant(
                    change)));
        }
        long all = ParameterCounts.of(copy.parameters().config()).total();
        page.section("groups.title");
        page.say("groups");
        page.show(new Table(page.words("groups.table"), Stream.of("what", "rule", "numbers", "rate", "step").map(column -> page.words(
                "groups."
                        + column)).toList(), rows));
        page.claim("groups_hold_all", numbers == all, Words.whole(all));
    }

    /// Such as `c_q, c_k, c_v, c_proj`: what is alike in all layers is said once.
    private static String names(ParameterGroup group) {
        return group.parameters().stream().map(parameter -> parameter.name().replaceAll("\\.weight$|transformer\\.|h\\.\\d+\\.|\\.\\d+$",
                "")
                .replaceAll("\\.\\d+$", "").replaceAll("attn\\.|mlp\\.(?=c_fc)", "").replace("mlp.c_", "mlp_")).distinct().collect(
                        Collectors.joining(", "));
    }

    /// How the three dials go over the run, and whether its own metrics say so too.
    private static void schedules(RunSchedule schedule, Optional<StageRun> run, Explanation page) {
        page.section("schedule.title");
        List<RunEvent.Stepped> steps = run.map(found -> found.log().steps()).orElse(List.of());
        if (run.flatMap(StageRun::plan).isPresent()) {
            page.say("schedule", schedule.iterations());
        } else {
            page.say("schedule.none", schedule.iterations());
        }
        List<Chart.Point> told = steps.stream().map(step -> new Chart.Point(step.step(), step.learningRateMultiplier())).toList();
        page.show(new Charts(List.of(
                chart(page, "rate", schedule, ScheduleValues::learningRateMultiplier, told),
                chart(page, "momentum", schedule, ScheduleValues::muonMomentum, List.of()),
                chart(page, "decay", schedule, ScheduleValues::weightDecayMultiplier, List.of()))));
        page.say("schedule.why");
        if (!steps.isEmpty()) {
            double off = steps.stream().filter(step -> step.step() < schedule.iterations()).mapToDouble(step -> Math.abs(step
                    .learningRateMultiplier() - schedule.valuesAt(step.step()).learningRateMultiplier())).max().orElse(0);
            page.claim("schedule_is_that_of_the_run", off == 0, Words.whole(steps.size()));
        }
        page.number("iterations", schedule.iterations());
    }

    private static Chart chart(Explanation page, String key, RunSchedule schedule, ToDoubleFunction<ScheduleValues> dial,
            List<Chart.Point> told) {
        List<Chart.Point> points = Thinning.means(IntStream.range(0, schedule.iterations()).mapToObj(step -> new Chart.Point(step, dial
                .applyAsDouble(schedule.valuesAt(step)))).toList());
        List<Chart.Series> series = new ArrayList<>(List.of(new Chart.Series(page.words("schedule." + key), Chart.Style.LINE, points)));
        if (!told.isEmpty()) {
            int every = Math.max(1, told.size() / TOLD);
            series.add(new Chart.Series(page.words("schedule.told"), Chart.Style.DOTS, IntStream.range(0, told.size()).filter(i -> i
                    % every == 0).mapToObj(told::get).toList()));
        }
        double lowest = points.stream().map(Chart.Point::y).min(Comparator.naturalOrder()).orElse(0.0);
        return new Chart(page.words("schedule." + key), page.words("schedule.unit"), Axis.from(0, schedule.iterations()), Axis.from(Math
                .min(lowest, key.equals("momentum") ? 0.8 : 0), 1), series);
    }
}
