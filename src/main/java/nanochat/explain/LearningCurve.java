package nanochat.explain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.ModelChoice;
import nanochat.engine.Engine;
import nanochat.engine.EngineOptions;
import nanochat.engine.InferenceGpt;
import nanochat.engine.WeightFormat;
import nanochat.eval.SequenceScorer;
import nanochat.eval.SequenceScorer.Continuation;
import nanochat.tokenizer.Tokenizer;
import tools.jackson.databind.JsonNode;

/// What a run had learned at each of the models that it left behind.
///
/// @param points by step
record LearningCurve(List<Point> points) {
    /// @param bitsPerByte of text that the run was not trained on
    /// @param right the share of the questions it answers, by their language and level
    record Point(int step, double bitsPerByte, Map<Language, Map<Question.Level, Double>> right) {}

    /// @param checkpoints where it is
    private record Kept(CheckpointDirectory checkpoints, int step) {}

    /// What an earlier model could tell does not change.
    private static final Recent<Asked, Point> KNOWN = new Recent<>(64);

    private record Asked(ModelIdentity model, Map<Language, Exam> exams, List<String> heldOut, int context) {}

    LearningCurve {
        points = List.copyOf(points);
    }

    /// Asks the earlier models of the run that this one is of, at most so many, evenly chosen.
    static List<Point> before(ModelChoice choice, int most, Map<Language, Exam> exams, List<String> heldOut, int threads, int context) {
        JsonNode plan = plan(choice.checkpoints(), choice.step());
        List<Kept> all = Stream.of(choice.checkpoints(), choice.checkpoints().snapshots())
                .flatMap(checkpoints -> checkpoints.steps().stream().map(step -> new Kept(checkpoints, step)))
                .filter(kept -> kept.step < choice.step() && plan(kept.checkpoints, kept.step).equals(plan))
                .sorted(Comparator.comparingInt(Kept::step)).toList();
        int count = Math.min(most, all.size());
        List<Kept> asked = IntStream.range(0, count).mapToObj(i -> all.get(i * all.size() / count)).toList();
        return sideBySide(asked, threads, kept -> KNOWN.of(new Asked(ModelIdentity.of(kept.checkpoints, kept.step), Map.copyOf(exams), List
                .copyOf(heldOut), context), () -> {
                    try (Engine engine = Engine.load(kept.checkpoints, kept.step, EngineOptions.of(WeightFormat.F32, 1).withContext(
                            context))) {
                        return point(kept.step, engine.gpt(), engine.tokenizer(), exams, heldOut);
                    }
                }));
    }

    /// As many models at once as there are threads, each on one of them: nobody waits for another in the middle of a pass.
    private static List<Point> sideBySide(List<Kept> asked, int threads, Function<Kept, Point> ask) {
        try (ExecutorService workers = Executors.newFixedThreadPool(threads)) {
            List<Future<Point>> points = asked.stream().map(kept -> workers.submit(() -> ask.apply(kept))).toList();
            List<Point> found = new ArrayList<>();
            for (Future<Point> point : points) {
                found.add(point.get());
            }
            return found;
        } catch (ExecutionException failure) {
            throw failure.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while earlier models were asked", interrupted);
        }
    }

    /// Tells a run's models from those that an earlier run of its name has left.
    private static JsonNode plan(CheckpointDirectory checkpoints, int step) {
        return checkpoints.readMeta(step, JsonNode.class).path("plan");
    }

    private static Point point(int step, InferenceGpt gpt, Tokenizer tokenizer, Map<Language, Exam> exams, List<String> heldOut) {
        Map<Language, Map<Question.Level, Double>> right = new EnumMap<>(Language.class);
        exams.forEach((language, exam) -> right.put(language, Exam.right(exam.answers(gpt, tokenizer))));
        return new Point(step, bitsPerByte(gpt, tokenizer, heldOut), right);
    }

    /// Of documents, each by itself and as far as the context reaches.
    static double bitsPerByte(InferenceGpt gpt, Tokenizer tokenizer, List<String> documents) {
        try (SequenceScorer scorer = new SequenceScorer(gpt)) {
            List<int[]> rows = documents.stream().map(document -> Exam.row(tokenizer, document))
                    .map(row -> Arrays.copyOf(row, Math.min(row.length, scorer.maximumLength()))).toList();
            double nats = 0;
            for (SequenceScorer.TokenScores scores : scorer.scores(rows.stream().map(row -> new Continuation(row, 1)).toList())) {
                nats += IntStream.range(0, scores.losses().length).mapToDouble(i -> scores.losses()[i]).sum();
            }
            long bytes = rows.stream().flatMapToInt(row -> Arrays.stream(row).skip(1)).mapToLong(id -> tokenizer.bytes(id).length).sum();
            return nats / Math.log(2) / bytes;
        }
    }

    /// The first point from which on a level is above chance by more than two standard errors.
    Optional<Point> firstAbove(Language language, Question.Level level, double chance, long questions) {
        double bound = chance + 2 * Math.sqrt(chance * (1 - chance) / questions);
        Optional<Point> first = Optional.empty();
        for (Point point : points.reversed()) {
            if (point.right.getOrDefault(language, Map.of()).getOrDefault(level, 0.0) <= bound) {
                break;
            }
            first = Optional.of(point);
        }
        return first;
    }
}
