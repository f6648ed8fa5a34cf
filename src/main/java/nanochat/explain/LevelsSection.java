package nanochat.explain;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.engine.InferenceGpt;
import nanochat.page.Axis;
import nanochat.page.Block;
import nanochat.page.Block.Charts;
import nanochat.page.Block.Prompt;
import nanochat.page.Block.Samples;
import nanochat.page.Block.Table;
import nanochat.page.Chart;
import nanochat.page.Words;

/// The four levels of questions: what the model can tell now, and what it could earlier.
final class LevelsSection {
    private static final double ROUNDING = 1e-3;
    private static final Recent<Asked, List<Exam.Answer>> ANSWERED = new Recent<>(8);

    private record Asked(ModelIdentity model, Exam exam, boolean blind) {}

    private final Subject subject;
    private final Explanation page;
    private final Map<Language, Exam> exams = new EnumMap<>(Language.class);
    private final Map<Language, List<Exam.Answer>> answers = new EnumMap<>(Language.class);

    LevelsSection(Subject subject, List<Language> languages, Explanation page) {
        this.subject = subject;
        this.page = page;
        for (Language language : languages) {
            Exam exam = new Exam(Question.all(language));
            exams.put(language, exam);
            answers.put(language, ask(exam, false));
        }
    }

    private List<Exam.Answer> ask(Exam exam, boolean blind) {
        InferenceGpt gpt = subject.engine().gpt();
        Supplier<List<Exam.Answer>> find = () -> blind ? exam.blind(gpt, subject.tokenizer()) : exam.answers(gpt, subject.tokenizer());
        return subject.identity().map(model -> ANSWERED.of(new Asked(model, exam, blind), find)).orElseGet(find);
    }

    /// What it can tell now.
    void now() {
        page.section("levels.title");
        page.say("levels");
        page.say("levels.rule");
        exams.forEach((language, exam) -> {
            Map<Question.Level, Double> right = Exam.right(answersIn(language));
            Map<Question.Level, Double> blind = Exam.right(ask(exam, true));
            Map<Question.Level, Double> chance = exam.chance();
            page.show(new Table(page.words("levels.table." + language.folder(), exam.questions().size()),
                    List.of(page.words("levels.level"), page.words("levels.right"), page.words("levels.blind"), page.words(
                            "levels.chance")),
                    Stream.of(Question.Level.values()).map(level -> List.of(page.words(level.key()), percent(right, level), percent(blind,
                            level), percent(chance, level))).toList()));
            right.forEach((level, share) -> page.number(name("right", language, level), share));
            blind.forEach((level, share) -> page.number(name("blind", language, level), share));
            chance.forEach((level, share) -> page.number(name("chance", language, level), share));
        });
        page.say("levels.error");
        page.claim("two_ways_agree", agreement() < ROUNDING, Words.significant(agreement()));
        Language shown = exams.containsKey(page.language()) ? page.language() : exams.keySet().iterator().next();
        page.say("levels.examples");
        page.show(new Samples(Stream.of(Question.Level.values()).flatMap(level -> examples(answersIn(shown), level)).toList()));
    }

    private List<Exam.Answer> answersIn(Language language) {
        return answers.getOrDefault(language, List.of());
    }

    private static String name(String what, Language language, Question.Level level) {
        return what + "_" + language.folder() + "_" + level.name().toLowerCase(Locale.ROOT);
    }

    private static String percent(Map<Question.Level, Double> shares, Question.Level level) {
        return Math.round(100 * shares.getOrDefault(level, 0.0)) + "%";
    }

    /// How far the engine, which has scored all questions together, is from training's forward pass on one of them, in nats.
    private double agreement() {
        Exam.Answer first = answers.values().iterator().next().getFirst();
        List<int[]> rows = first.question().options().stream().map(option -> Exam.row(subject.tokenizer(), first.question().context()
                + option)).toList();
        int from = Exam.common(rows);
        double most = 0;
        for (int option = 0; option < rows.size(); option++) {
            int[] row = rows.get(option);
            Predictions predictions = Predictions.of(subject, row);
            double sum = IntStream.range(from, row.length).mapToDouble(i -> predictions.logProbability(i - 1, row[i])).sum();
            most = Math.max(most, Math.abs(sum - first.logProbabilities()[option]));
        }
        return most;
    }

    /// One that the model knows and one that it does not, where there are such.
    private static Stream<Prompt> examples(List<Exam.Answer> answers, Question.Level level) {
        return Stream.of(true, false).flatMap(right -> Exam.of(answers, level).filter(answer -> answer.right() == right).findFirst()
                .stream()).map(LevelsSection::example);
    }

    private static Prompt example(Exam.Answer answer) {
        return new Prompt(answer.question().context() + " …", IntStream.range(0, answer.question().options().size())
                .boxed()
                .sorted(Comparator.comparingDouble((Integer option) -> -answer.share(option)))
                .map(option -> new Block.Answer(Math.round(100 * answer.share(option)) + "%",
                        answer.question().options().get(option).strip(), option == 0)).toList());
    }

    /// What it could tell at every checkpoint of its run.
    ///
    /// @param most earlier ones to ask
    void overTime(int most, List<String> heldOut) {
        InferenceGpt gpt = subject.engine().gpt();
        List<LearningCurve.Point> points = new ArrayList<>(subject.choice().map(choice -> LearningCurve.before(choice, most, exams, heldOut,
                subject.threads(), gpt.maximumLength())).orElse(List.of()));
        Map<Language, Map<Question.Level, Double>> now = new EnumMap<>(Language.class);
        answers.forEach((language, each) -> now.put(language, Exam.right(each)));
        points.add(new LearningCurve.Point(subject.choice().map(choice -> choice.step()).orElse(TinyModel.STEPS),
                LearningCurve.bitsPerByte(gpt, subject.tokenizer(), heldOut), now));
        LearningCurve curve = new LearningCurve(points);
        page.section("curve.title");
        page.number("checkpoints", points.size());
        if (points.size() < 2) {
            page.say(subject.choice().isPresent() ? "curve.one" : "curve.tiny");
        } else {
            page.say("curve", points.size());
            page.show(new Charts(Stream.of(Question.Level.values()).map(level -> chart(curve, level)).toList()));
        }
        exams.forEach((language, exam) -> {
            page.show(new Table(page.words("curve.table." + language.folder()), Stream.concat(Stream.of(page.words("curve.step"), page
                    .words("curve.bits")), Stream.of(Question.Level.values()).map(level -> page.words(level.key()))).toList(),
                    points.stream().map(point -> row(point, language)).toList()));
            if (points.size() > 1) {
                page.say("curve.first." + language.folder(), String.join("; ", Stream.of(Question.Level.values()).map(level -> first(curve,
                        language, exam, level)).toList()));
            }
        });
        page.say("curve.meaning");
    }

    private static List<String> row(LearningCurve.Point point, Language language) {
        return Stream.concat(Stream.of(Words.whole(point.step()), Words.decimals(point.bitsPerByte(), 3)),
                Stream.of(Question.Level.values()).map(level -> percent(point.right().getOrDefault(language, Map.of()), level))).toList();
    }

    private String first(LearningCurve curve, Language language, Exam exam, Question.Level level) {
        Optional<LearningCurve.Point> point = curve.firstAbove(language, level, exam.chance().getOrDefault(level, 0.0),
                exam.questions().stream().filter(question -> question.level() == level).count());
        point.ifPresent(found -> page.number(name("first_step", language, level), found.step()));
        return point.map(found -> page.words("curve.from", page.words(level.key()), Words.whole(found.step()), Words.decimals(found
                .bitsPerByte(), 2))).orElseGet(() -> page.words("curve.never", page.words(level.key())));
    }

    private Chart chart(LearningCurve curve, Question.Level level) {
        List<Chart.Series> series = new ArrayList<>();
        exams.forEach((language, exam) -> series.add(new Chart.Series(page.words("language." + language.folder()),
                language == Language.EN ? Chart.Style.LINE : Chart.Style.DOTS, curve.points().stream().map(point -> new Chart.Point(point
                        .step(), 100 * point.right().getOrDefault(language, Map.of()).getOrDefault(level, 0.0))).toList())));
        double chance = 100 * exams.values().iterator().next().chance().getOrDefault(level, 0.0);
        series.add(new Chart.Series(page.words("levels.chance"), Chart.Style.FAINT, curve.points().stream().map(point -> new Chart.Point(
                point.step(), chance)).toList()));
        return new Chart(page.words(level.key()), page.words("curve.unit"), Axis.logarithmic(curve.points().stream().mapToDouble(
                LearningCurve.Point::step)), Axis.from(0, 100), series);
    }
}
