package nanochat.chat.langchain4j;

import static nanochat.tokenizer.SpecialToken.ASSISTANT_END;
import static nanochat.tokenizer.SpecialToken.ASSISTANT_START;
import static nanochat.tokenizer.SpecialToken.OUTPUT_END;
import static nanochat.tokenizer.SpecialToken.PYTHON_END;
import static nanochat.tokenizer.SpecialToken.PYTHON_START;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.output.FinishReason;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import nanochat.chat.AnswerReader;
import nanochat.chat.TestModels;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.conversation.Rendering;
import nanochat.engine.ColumnListener;
import nanochat.engine.Engine;
import nanochat.engine.EngineOptions;
import nanochat.engine.Generation;
import nanochat.engine.WeightFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Oracle: the engine asked directly, and models whose answers are known.
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class EngineChatModelTest {
    private static final int ROWS = 3;
    private static final int CONTEXT = 600;
    /// Tokens of a page of keys and values.
    private static final int KEPT_AT_ONCE = 64;
    private static final ChatRequestParameters GREEDY = ChatRequestParameters.builder().temperature(0.0).maxOutputTokens(40).build();

    @TempDir
    Path models;

    private Engine random() {
        return load(TestModels.saveRandom(models, "random", CONTEXT, 3));
    }

    private Engine scripted(TestModels.Script script) {
        return load(TestModels.saveScripted(models, "scripted", CONTEXT, script));
    }

    private static Engine load(CheckpointDirectory checkpoints) {
        return Engine.load(checkpoints, TestModels.STEP, EngineOptions.of(WeightFormat.F32, 1).withRows(ROWS));
    }

    @Test
    @SuppressWarnings("try") // closed earlier than at the end
    void anAnswerIsThatOfTheEngineWholeAndAsAStream() throws Exception {
        try (Engine engine = random(); EngineChatModel model = new EngineChatModel(engine, ROWS, GREEDY)) {
            Conversation conversation = new Conversation(List.of(new Message.SystemPrompt("Be\n\nbrief."), new Message.User("Hi <|bos|>"),
                    new Message.Assistant("Yes?"), new Message.User("Well")));
            int[] prompt = new Rendering(TestModels.TOKENIZER).completionPrompt(conversation);
            ChatRequest request = ChatRequest.builder().messages(SystemMessage.from("Be"), SystemMessage.from("brief."),
                    UserMessage.from("Hi <|bos|>"), AiMessage.from("Yes?"), UserMessage.from("Well")).build();
            ChatResponse answer = model.chat(request);
            StreamedAnswer stream = new StreamedAnswer();
            model.chat(request, stream);
            ChatResponse streamed = stream.whole.get(1, TimeUnit.MINUTES);
            model.close();
            int[] tokens = engine.generate(prompt, 1, Generation.greedy(40, AnswerReader.stopTokens(TestModels.TOKENIZER)),
                    ColumnListener.NONE).getFirst().tokens();
            String expected = new Rendering(TestModels.TOKENIZER).reply(tokens).text();
            assertThat(answer.aiMessage().text()).isEqualTo(expected).isNotEmpty();
            assertThat(streamed.aiMessage()).isEqualTo(answer.aiMessage());
            assertThat(String.join("", stream.pieces)).isEqualTo(expected);
            assertThat(stream.pieces).hasSizeGreaterThan(1);
            assertThat(answer.tokenUsage().inputTokenCount()).isEqualTo(prompt.length);
            assertThat(answer.tokenUsage().outputTokenCount())
                    .isEqualTo(tokens.length + (answer.finishReason() == FinishReason.STOP ? 1 : 0));
            assertThat(engine.reservedCacheBytes()).isZero();
        }
    }

    @Test
    void manyThreadsGetTheAnswersThatEachWouldGetAlone() throws Exception {
        try (Engine engine = random(); EngineChatModel model = new EngineChatModel(engine, ROWS, GREEDY)) {
            List<String> alone = IntStream.range(0, 8).mapToObj(i -> model.chat("Question " + i)).toList();
            List<StreamedAnswer> streams = IntStream.range(0, 8).mapToObj(_ -> new StreamedAnswer()).toList();
            for (int i = 0; i < 8; i++) {
                model.chat("Question " + i, streams.get(i));
            }
            for (int i = 0; i < 8; i++) {
                assertThat(streams.get(i).whole.get(1, TimeUnit.MINUTES).aiMessage().text()).isEqualTo(alone.get(i));
            }
        }
    }

    @Test
    @SuppressWarnings("try") // closed earlier than at the end
    void aTurnOfAConversationReadsOnlyWhatIsNewAndIsAnsweredAsIfAllWereRead() throws Exception {
        try (Engine engine = random(); EngineChatModel model = new EngineChatModel(engine, ROWS, GREEDY)) {
            List<ChatMessage> conversation = new ArrayList<>(List.of(SystemMessage.from("Be brief."), UserMessage.from(
                    "Tell me about everything there is, and take your time while you do so.")));
            List<AiMessage> answers = new ArrayList<>();
            int before = 0;
            for (int turn = 0; turn < 4; turn++) {
                ChatResponse answer = model.chat(conversation);
                EngineTokenUsage usage = (EngineTokenUsage) answer.tokenUsage();
                assertThat(usage.cachedInputTokenCount()).as("turn %d", turn).isBetween(before, usage.inputTokenCount() - 1);
                if (turn > 0) {
                    assertThat(usage.cachedInputTokenCount()).as("what the turn before had read").isPositive();
                } else {
                    assertThat(usage.cachedInputTokenCount()).isZero();
                }
                before = usage.inputTokenCount() / KEPT_AT_ONCE * KEPT_AT_ONCE; // whole pages of the prompt at least
                answers.add(answer.aiMessage());
                conversation.add(answer.aiMessage());
                conversation.add(UserMessage.from("And then? " + turn));
            }
            model.close();
            assertThat(engine.keptCachePages()).as("after the end").isZero();
            try (EngineChatModel forgetful = new EngineChatModel(engine, ROWS, GREEDY)) {
                for (int turn = 0; turn < 4; turn++) {
                    engine.forgetKept();
                    ChatResponse answer = forgetful.chat(conversation.subList(0, 2 + 2 * turn));
                    assertThat(((EngineTokenUsage) answer.tokenUsage()).cachedInputTokenCount()).isZero();
                    assertThat(answer.aiMessage()).isEqualTo(answers.get(turn));
                }
            }
        }
    }

    @Test
    void aStopSequenceEndsAnAnswerAndIsNoPartOfIt() throws Exception {
        try (Engine engine = scripted(new TestModels.Script().chain(ASSISTANT_START, "Hé, hi!", ASSISTANT_END));
                EngineChatModel model = new EngineChatModel(engine, ROWS, GREEDY)) {
            ChatRequest.Builder request = ChatRequest.builder().messages(UserMessage.from("x"));
            ChatResponse all = model.chat(request.build());
            assertThat(all.aiMessage().text()).isEqualTo("Hé, hi!");
            assertThat(all.finishReason()).isEqualTo(FinishReason.STOP);
            ChatRequest stopped = request.parameters(ChatRequestParameters.builder().stopSequences("zz", ", h").build()).build();
            assertThat(model.chat(stopped).aiMessage().text()).isEqualTo("Hé");
            assertThat(model.chat(stopped).finishReason()).isEqualTo(FinishReason.STOP);
            StreamedAnswer stream = new StreamedAnswer();
            model.chat(stopped, stream);
            assertThat(stream.whole.get(1, TimeUnit.MINUTES).aiMessage().text()).isEqualTo("Hé").isEqualTo(String.join("", stream.pieces));
            ChatResponse cut = model.chat(ChatRequest.builder().messages(UserMessage.from("x"))
                    .parameters(ChatRequestParameters.builder().maxOutputTokens(2).build()).build());
            assertThat(cut.finishReason()).isEqualTo(FinishReason.LENGTH);
            assertThat(cut.tokenUsage().outputTokenCount()).isEqualTo(2);
        }
    }

    @Test
    void whatTheCalculatorDidStandsBesideTheTextAndIsReadAgain() {
        try (Engine engine = scripted(new TestModels.Script().chain(ASSISTANT_START, "A", PYTHON_START, "6*7", PYTHON_END)
                .chain(PYTHON_END, ASSISTANT_END).chain(OUTPUT_END, "z", ASSISTANT_END));
                EngineChatModel model = new EngineChatModel(engine, ROWS, GREEDY)) {
            AiMessage answer = model.chat(UserMessage.from("x")).aiMessage();
            assertThat(answer.text()).isEqualTo("Az");
            assertThat(answer.attributes()).containsEntry(EngineChatModel.PARTS,
                    List.of(Map.of("type", "text", "text", "A"), Map.of("type", "python", "text", "6*7"),
                            Map.of("type", "python_output", "text", "42"), Map.of("type", "text", "text", "z")));
            ChatResponse next = model.chat(UserMessage.from("x"), answer, UserMessage.from("y"));
            assertThat(next.tokenUsage().inputTokenCount()).as(
                    "bos, two users' messages, the answer with its call and result, assistant_start")
                    .isEqualTo(1 + 2 * 3 + (2 + 1 + 5 + 4 + 1) + 1);
            AiMessage tampered = answer.toBuilder().attributes(Map.of(EngineChatModel.PARTS, List.of("x"))).build();
            assertThatExceptionOfType(InvalidRequestException.class)
                    .isThrownBy(() -> model.chat(UserMessage.from("x"), tampered, UserMessage.from("y")));
        }
    }

    @Test
    void whatIsNotThereIsRefused() {
        try (Engine engine = random(); EngineChatModel model = new EngineChatModel(engine, ROWS)) {
            unsupported(model, ChatRequestParameters.builder()
                    .toolSpecifications(ToolSpecification.builder().name("clock").build()).build());
            unsupported(model, ChatRequestParameters.builder().responseFormat(ResponseFormat.JSON).build());
            unsupported(model, ChatRequestParameters.builder().presencePenalty(0.5).build());
            unsupported(model, ChatRequestParameters.builder().modelName("gpt-5").build());
            assertThatExceptionOfType(UnsupportedFeatureException.class)
                    .isThrownBy(() -> model.chat(UserMessage.from(ImageContent.from("https://example.org/a.png"))));
            assertThatExceptionOfType(UnsupportedFeatureException.class)
                    .isThrownBy(() -> model.chat(UserMessage.from("a"), ToolExecutionResultMessage.from("1", "clock", "noon")));
            wrong(model, ChatRequestParameters.builder().temperature(-1.0).build());
            wrong(model, ChatRequestParameters.builder().topP(2.0).build());
            wrong(model, ChatRequestParameters.builder().maxOutputTokens(-5).build());
            wrong(model, ChatRequestParameters.builder().stopSequences("").build());
            assertThatExceptionOfType(InvalidRequestException.class)
                    .isThrownBy(() -> model.chat(UserMessage.from("a"), UserMessage.from("b")));
            assertThatExceptionOfType(InvalidRequestException.class).isThrownBy(() -> model.chat(UserMessage.from("a"), AiMessage.from(
                    "b")));
            assertThatExceptionOfType(InvalidRequestException.class).isThrownBy(() -> model.chat("x".repeat(CONTEXT)));
        }
    }

    private static void unsupported(EngineChatModel model, ChatRequestParameters parameters) {
        ChatRequest request = ChatRequest.builder().messages(UserMessage.from("a")).parameters(parameters).build();
        assertThatExceptionOfType(UnsupportedFeatureException.class).isThrownBy(() -> model.chat(request));
        assertThatExceptionOfType(UnsupportedFeatureException.class).isThrownBy(() -> model.chat(request, new StreamedAnswer()));
    }

    private static void wrong(EngineChatModel model, ChatRequestParameters parameters) {
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> model.chat(ChatRequest.builder().messages(UserMessage.from("a")).parameters(parameters).build()));
    }

    @Test
    @SuppressWarnings("try") // closed earlier than at the end
    void aStreamCanBeCancelledAndAHandlerMayFail() throws Exception {
        ChatRequestParameters endless = ChatRequestParameters.builder().temperature(0.0).build();
        try (Engine engine = scripted(new TestModels.Script().chain(ASSISTANT_START, "aba"));
                EngineChatModel model = new EngineChatModel(engine, ROWS, endless)) {
            CompletableFuture<Void> cancelled = new CompletableFuture<>();
            StreamedAnswer cancelling = new StreamedAnswer() {
                @Override
                public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
                    super.onPartialResponse(piece, context);
                    context.streamingHandle().cancel();
                    cancelled.complete(null);
                }
            };
            model.chat("x", cancelling);
            cancelled.get(1, TimeUnit.MINUTES);
            StreamedAnswer failing = new StreamedAnswer() {
                @Override
                public void onPartialResponse(String piece) {
                    throw new UnsupportedOperationException("no more");
                }
            };
            model.chat("x", failing);
            assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> failing.whole.get(1, TimeUnit.MINUTES))
                    .withCauseInstanceOf(UnsupportedOperationException.class);
            assertThat(model.chat("x")).startsWith("abab");
            for (int i = 0; i < 6000 && engine.reservedCacheBytes() > 0; i++) {
                Thread.sleep(10);
            }
            assertThat(engine.reservedCacheBytes()).isZero();
            assertThat(cancelling.pieces).hasSize(1);
            assertThat(cancelling.whole).isNotDone();
            model.close();
            assertThatIllegalStateException().isThrownBy(() -> model.chat("x"));
        }
    }
}
