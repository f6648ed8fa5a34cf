package nanochat.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import nanochat.conversation.Rendering;
import nanochat.data.download.TaskFiles;
import nanochat.engine.Engine;
import nanochat.engine.Sampling;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import nanochat.task.Arc;
import nanochat.task.DatasetFolder;
import nanochat.task.MultipleChoice;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Oracle: the logits of a forward pass of the reference backend over each question alone.
class CategoricalEvaluationTest {
    private static final Tokenizer BYTES = Tokenizer.ofMerges(List.of());
    private static final int CONTEXT = 256;
    private static final ChatEvaluation.Settings GREEDY = new ChatEvaluation.Settings(Sampling.GREEDY, 0, 1000);

    @TempDir
    Path folder;

    private Arc arc(List<Object> rows) throws IOException {
        DatasetFolder data = new DatasetFolder(folder);
        Files.write(data.place("arc/ARC-Easy/test/0.jsonl"), rows.stream().map(Json::line).toList());
        return Arc.of(TaskFiles.ARC_EASY_TEST, data.base());
    }

    private static Object row(String question, List<String> letters, String correct) {
        List<String> texts = letters.stream().map(letter -> "choice " + letter).toList();
        return Map.of("question", question, "choices", Map.of("text", texts, "label", letters), "answerKey", correct);
    }

    private static boolean picksRight(SmallModel model, MultipleChoice question) {
        int[] prompt = new Rendering(BYTES).completionPrompt(question.conversation());
        int[] seen = Arrays.copyOfRange(prompt, Math.max(0, prompt.length - CONTEXT), prompt.length);
        float[] logits = model.logits(seen)[seen.length - 1];
        String best = question.letters().getFirst();
        for (String letter : question.letters()) {
            best = logits[letter.charAt(0)] > logits[best.charAt(0)] ? letter : best;
        }
        return best.equals(question.correct());
    }

    @Test
    void theLikeliestLetterIsTheAnswer() throws IOException {
        SplittableRandom random = new SplittableRandom(3);
        List<Object> rows = new ArrayList<>();
        for (int i = 0; i < 90; i++) {
            List<String> letters = List.of("A", "B", "C", "D", "E").subList(0, 3 + random.nextInt(3));
            // some longer than the context
            String question = "why " + i + "? ".repeat(1 + random.nextInt(i % 10 == 0 ? 200 : 20));
            rows.add(row(question, letters, letters.get(random.nextInt(letters.size()))));
        }
        Arc task = arc(rows);
        try (SmallModel model = SmallModel.random(5, BYTES.vocabularySize(), CONTEXT);
                Engine engine = model.newEngine(BYTES)) {
            int right = 0;
            for (int i = 0; i < task.size(); i++) {
                right += picksRight(model, task.question(i)) ? 1 : 0;
            }
            assertThat(right).as("the random model is neither always right nor always wrong").isBetween(5, 60);
            assertThat(new ChatEvaluation(engine, BYTES, GREEDY).measure(List.of(task)).byTask())
                    .isEqualTo(Map.of("ARC-Easy", new ChatScores.Score(right, 90)));
        }
    }

    @Test
    void aLetterOfSeveralTokensCannotBeChosen() throws IOException {
        Arc task = arc(List.of(row("Q", List.of("A", "BB"), "A")));
        try (SmallModel model = SmallModel.undecided(BYTES.vocabularySize(), CONTEXT); Engine engine = model.newEngine(BYTES)) {
            assertThatThrownBy(() -> new ChatEvaluation(engine, BYTES, GREEDY).measure(List.of(task)))
                    .isInstanceOf(BadInputException.class).hasMessageContaining("'BB'");
        }
    }
}
