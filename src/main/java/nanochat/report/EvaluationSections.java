package nanochat.report;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import nanochat.eval.ChatSample;
import nanochat.eval.SamplePrompt.Completion;
import nanochat.io.Json;
import nanochat.page.Block;
import nanochat.page.Document;
import nanochat.page.Words;
import nanochat.report.StageRun.Measured;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// What the models of all stages can do: a table of scores, and what they say.
final class EvaluationSections {
    /// Rounds of samples that are shown of a run, evenly chosen.
    private static final int ROUNDS = 6;
    /// More of a text is cut off.
    private static final int LONGEST_TEXT = 400;
    private static final String NOTHING = "–";

    private final List<StageRun> stages;
    private final List<List<String>> rows = new ArrayList<>();

    private EvaluationSections(List<StageRun> stages) {
        this.stages = stages;
    }

    /// The scores of all stages side by side; empty where nothing was measured.
    static Optional<Document.Section> scores(List<StageRun> stages) {
        EvaluationSections table = new EvaluationSections(stages);
        table.row("Bits per byte, when training last validated", run -> run.bitsPerByte().map(EvaluationSections::bits));
        table.row("Bits per byte, by nanochat eval", run -> number(run, "bits_per_byte").map(EvaluationSections::bits));
        table.row("Prompts completed rightly", run -> finalCompletions(run).map(EvaluationSections::rightOf));
        table.row("CORE", run -> core(run).map(score -> Words.decimals(score, 4)));
        table.row("ChatCORE", run -> chatCore(run).map(score -> Words.decimals(score, 4)));
        table.names(run -> results(run).path("tasks")).forEach(task -> table.row(task, run -> score(results(run).path("tasks").path(
                task))));
        table.names(run -> coreScores(run).path("tasks")).forEach(task -> table.row("CORE: " + task, run -> score(coreScores(run).path(
                "tasks").path(task))));
        if (table.rows.isEmpty()) {
            return Optional.empty();
        }
        table.row("Evaluated at step", run -> run.evaluation().map(measured -> Words.whole(measured.step())));
        List<String> header = new ArrayList<>(List.of(""));
        stages.forEach(run -> header.add(run.stage().model()));
        return Optional.of(new Document.Section("Evaluation", List.of(new Block.Table("Scores", header, table.rows))));
    }

    private void row(String name, Function<StageRun, Optional<String>> value) {
        List<Optional<String>> values = stages.stream().map(value).toList();
        if (values.stream().anyMatch(Optional::isPresent)) {
            List<String> row = new ArrayList<>(List.of(name));
            values.forEach(cell -> row.add(cell.orElse(NOTHING)));
            rows.add(row);
        }
    }

    /// The names of all tasks that any stage was measured on, in the order of the files.
    private Set<String> names(Function<StageRun, JsonNode> scores) {
        Set<String> names = new LinkedHashSet<>();
        stages.forEach(run -> names.addAll(scores.apply(run).propertyNames()));
        return names;
    }

    private static JsonNode results(StageRun run) {
        return run.evaluation().map(Measured::results).orElse(Json.LINE.createObjectNode());
    }

    private static Optional<Double> number(StageRun run, String name) {
        return Optional.of(results(run).path(name)).filter(JsonNode::isNumber).map(JsonNode::asDouble);
    }

    /// The mean over CORE's tasks; empty where it was not measured.
    static Optional<Double> core(StageRun run) {
        return Optional.of(coreScores(run).path("core")).filter(JsonNode::isNumber).map(JsonNode::asDouble);
    }

    /// Of `nanochat eval`, otherwise of the last time in training.
    private static JsonNode coreScores(StageRun run) {
        JsonNode evaluated = results(run).path("core");
        return evaluated.isObject() || run.log().cores().isEmpty()
                ? evaluated
                : Json.LINE.valueToTree(run.log().cores().getLast().core());
    }

    /// The mean over the chat tasks; empty where it was not measured.
    static Optional<Double> chatCore(StageRun run) {
        return number(run, "chat_core");
    }

    private static String bits(double bitsPerByte) {
        return Words.decimals(bitsPerByte, 4);
    }

    private static Optional<String> score(JsonNode score) {
        if (!score.path("accuracy").isNumber()) {
            return Optional.empty();
        }
        JsonNode n = score.path("n");
        return Optional.of(Words.percent(score.path("accuracy").asDouble()) + (n.isNumber() ? " of " + Words.whole(n.asLong()) : ""));
    }

    /// The completions of the last checkpoint that made any.
    static Optional<List<Completion>> finalCompletions(StageRun run) {
        NavigableMap<Integer, List<Completion>> rounds = rounds(run);
        return rounds.isEmpty() ? Optional.empty() : Optional.of(rounds.lastEntry().getValue());
    }

    /// How many of them are right: 7 of 7.
    static String rightOf(List<Completion> completions) {
        return completions.stream().filter(Completion::right).count() + " of " + completions.size();
    }

    /// By step, what was said in training and in evaluation.
    private static NavigableMap<Integer, List<Completion>> rounds(StageRun run) {
        NavigableMap<Integer, List<Completion>> rounds = new TreeMap<>();
        run.log().samples().forEach(round -> rounds.put(round.step(), round.completions()));
        run.evaluation().ifPresent(measured -> {
            List<Completion> completions = list(measured.results().path("completions"), Completion.class);
            if (!completions.isEmpty()) {
                rounds.put(measured.step(), completions);
            }
        });
        return rounds;
    }

    private static <T> List<T> list(JsonNode array, Class<T> type) {
        try {
            return array.valueStream().map(element -> Json.LINE.treeToValue(element, type)).toList();
        } catch (JacksonException ofAnotherVersion) {
            return List.of();
        }
    }

    /// What the models said over time; empty where none said anything.
    static Optional<Document.Section> samples(List<StageRun> stages) {
        List<Block> blocks = new ArrayList<>();
        for (StageRun run : stages) {
            NavigableMap<Integer, List<Completion>> rounds = rounds(run);
            if (!rounds.isEmpty()) {
                blocks.add(new Block.Paragraph("How the " + run.stage().model()
                        + " model continued the beginnings below, always taking the likeliest token, after the number of steps shown:"));
                blocks.add(new Block.Samples(prompts(rounds)));
            }
            List<ChatSample> replies = list(results(run).path("replies"), ChatSample.class);
            if (!replies.isEmpty()) {
                blocks.add(new Block.Facts("What the " + run.stage().model() + " model replies",
                        replies.stream().map(reply -> new Block.Fact(shown(reply.question()), shown(reply.reply()))).toList()));
            }
        }
        return blocks.isEmpty() ? Optional.empty() : Optional.of(new Document.Section("Samples", blocks));
    }

    /// By prompt instead of by round.
    private static List<Block.Prompt> prompts(NavigableMap<Integer, List<Completion>> rounds) {
        List<Integer> steps = List.copyOf(rounds.keySet());
        List<Integer> chosen = steps.size() <= ROUNDS
                ? steps
                : IntStream.range(0, ROUNDS).mapToObj(i -> steps.get(i * (steps.size() - 1) / (ROUNDS - 1))).toList();
        return rounds.lastEntry().getValue().stream().map(Completion::prompt).distinct().map(prompt -> {
            List<Block.Answer> answers = new ArrayList<>();
            for (int step : chosen) {
                rounds.getOrDefault(step, List.of()).stream().filter(completion -> completion.prompt().equals(prompt)).findFirst()
                        .ifPresent(completion -> answers.add(new Block.Answer(Words.whole(step), shown(completion.completion()),
                                completion.right())));
            }
            return new Block.Prompt(shown(prompt), answers);
        }).toList();
    }

    /// On one line, and not endless.
    private static String shown(String text) {
        String line = text.strip().replaceAll("\\R", " ↵ ");
        return line.codePointCount(0, line.length()) <= LONGEST_TEXT
                ? line
                : line.substring(0, line.offsetByCodePoints(0, LONGEST_TEXT)) + "…";
    }
}
