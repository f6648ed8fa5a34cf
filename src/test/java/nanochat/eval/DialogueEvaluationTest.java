package nanochat.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.conversation.Rendering;
import nanochat.data.corpus.Answer;
import nanochat.data.corpus.Exchange;
import nanochat.engine.Engine;
import nanochat.engine.Sampling;
import nanochat.io.Json;
import nanochat.task.Dialogues;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.Test;

/// A model with random weights, which says something, and always the same. The oracle is the same model asked one question at a time, with
/// the messages that it should have before it.
class DialogueEvaluationTest {
    private static final Tokenizer BYTES = Tokenizer.ofMerges(List.of());
    private static final int CONTEXT = 400;
    private static final ChatEvaluation.Settings GREEDY = new ChatEvaluation.Settings(Sampling.GREEDY, 0, 100);
    private static final int LONGEST_REPLY = new Dialogues("none", List.of()).longestReply();

    private final List<Message> said = new ArrayList<>();

    private static Exchange exchange(String question, String answer) {
        return new Exchange(Exchange.Kind.SMALL_TALK, question, new Message.Assistant(answer), new Answer.OneOf(List.of(answer.strip())));
    }

    /// What the model replies to `question` after what was [#said], of which it forgets the `forgotten` oldest turns.
    private String reply(ChatEvaluation chat, String question, int forgotten) {
        said.add(new Message.User(question));
        Message.Assistant reply = chat.reply(new Conversation(said.subList(2 * forgotten, said.size())), LONGEST_REPLY);
        said.add(reply);
        return reply.text();
    }

    /// The length of the prompt for the reply to the last message, of which `forgotten` turns are left out.
    private int promptOfLast(int forgotten) {
        return new Rendering(BYTES).completionPrompt(new Conversation(said.subList(2 * forgotten, said.size()))).length;
    }

    @Test
    void aTurnIsRightWhereTheReplyIsAfterTheModelsOwnEarlierReplies() {
        try (SmallModel model = SmallModel.random(5, BYTES.vocabularySize(), CONTEXT); Engine engine = model.newEngine(BYTES)) {
            ChatEvaluation chat = new ChatEvaluation(engine, BYTES, GREEDY);
            String one = reply(chat, "one", 0);
            String two = reply(chat, "two", 0);
            assertThat(promptOfLast(0)).as("all has room").isLessThan(CONTEXT - LONGEST_REPLY);
            said.clear();
            assertThat(two).isNotBlank().isNotEqualTo(reply(chat, "two", 0));

            Dialogues task = new Dialogues("Talk", List.of(List.of(exchange("one", one), exchange("two", two)),
                    List.of(exchange("one", "something else"), exchange("two", two)),
                    List.of(exchange("one", "something else"), exchange("two", "something else"))));
            ChatScores scores = chat.measure(List.of(task));
            assertThat(scores.lines()).containsExactly("Talk   50.0%  of 6 turns (33%, 67%)  33.3% of 3 dialogues in all turns");
            assertThat(Json.line(scores)).isEqualTo("{\"Talk\":{\"accuracy\":0.5,\"n\":6,\"pass_at\":[],\"dialogues\":{\"accuracy\":" + 1
                    / 3.0
                    + ",\"n\":3,\"by_turn\":[" + 1 / 3.0 + "," + 2 / 3.0 + "]}}}");

            ChatScores first = new ChatEvaluation(engine, BYTES, new ChatEvaluation.Settings(Sampling.GREEDY, 0, 3)).measure(List.of(task));
            assertThat(first.lines()).as("whole dialogues only").containsExactly(
                    "Talk  100.0%  of 2 turns (100%, 100%)  100.0% of 1 dialogues in all turns");
        }
    }

    @Test
    void ofADialogueLongerThanTheContextTheOldestTurnsAreForgotten() {
        try (SmallModel model = SmallModel.random(5, BYTES.vocabularySize(), CONTEXT); Engine engine = model.newEngine(BYTES)) {
            ChatEvaluation chat = new ChatEvaluation(engine, BYTES, GREEDY);
            String first = "long ".repeat(30);
            String second = "longer ".repeat(20);
            List<Exchange> exchanges = List.of(exchange(first, reply(chat, first, 0)), exchange(second, reply(chat, second, 1)));
            said.removeLast();
            assertThat(promptOfLast(0)).as("both turns have no room").isGreaterThan(CONTEXT - LONGEST_REPLY);
            assertThat(promptOfLast(1)).as("one has").isLessThan(CONTEXT - LONGEST_REPLY);
            assertThat(chat.measure(List.of(new Dialogues("Talk", List.of(exchanges)))).byTask().get("Talk"))
                    .extracting(ChatScores.Score::accuracy).isEqualTo(1.0);
        }
    }

    @Test
    void aQuestionThatFillsTheContextGetsNoReplyAndTheDialogueGoesOn() {
        try (SmallModel model = SmallModel.random(5, BYTES.vocabularySize(), CONTEXT); Engine engine = model.newEngine(BYTES)) {
            ChatEvaluation chat = new ChatEvaluation(engine, BYTES, GREEDY);
            List<Exchange> exchanges = List.of(exchange("long ".repeat(100), "yes"), exchange("one", reply(chat, "one", 0)));
            assertThat(chat.measure(List.of(new Dialogues("Talk", List.of(exchanges)))).lines())
                    .containsExactly("Talk   50.0%  of 2 turns (0%, 100%)  0.0% of 1 dialogues in all turns");
        }
    }

    @Test
    void ofSeveralRepliesEachBelongsToADialogueOfItsOwn() {
        try (SmallModel model = SmallModel.undecided(BYTES.vocabularySize(), CONTEXT); Engine engine = model.newEngine(BYTES)) {
            List<Exchange> exchanges = List.of(exchange("one", "nobody says this"), exchange("two", "nor this"));
            ChatEvaluation.Settings drawn = new ChatEvaluation.Settings(Sampling.atTemperature(1), 1, 100, 4);
            ChatScores.Score score = new ChatEvaluation(engine, BYTES, drawn).measure(List.of(new Dialogues("Talk", List.of(exchanges))))
                    .byTask().get("Talk");
            assertThat(score).isNotNull();
            assertThat(score.n()).isEqualTo(2);
            assertThat(score.passAt()).hasSize(4);
            assertThat(score.dialogues()).hasValue(new ChatScores.DialogueScore(0, 1, List.of(0.0, 0.0)));
        }
    }
}
