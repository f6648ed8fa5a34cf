package nanochat.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIServiceException;
import com.openai.errors.RateLimitException;
import com.openai.errors.UnauthorizedException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionChoice.Logprobs;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.models.Model;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.catalog.ModelDescription;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiModelCatalog;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import nanochat.chat.langchain4j.StreamedAnswer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// OpenAI's own client and LangChain4j's client for OpenAI, which know nothing of this server. Oracle: the answers that [ModelServerTest] checks, and the
/// exceptions that these clients throw at the real service's errors.
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class ClientLibrariesTest {
    private static final String KEY = "a-key-of-the-test";

    @TempDir
    static Path models;

    private static TestServer server;
    private static OpenAIClient openAi;

    @BeforeAll
    static void start() {
        server = TestServer.random(models, ClientLibrariesTest::withKey);
        openAi = openAi(server, KEY).build();
    }

    @AfterAll
    static void stop() {
        openAi.close();
        server.close();
    }

    private static ServerOptions withKey(ServerOptions options) {
        return new ServerOptions(options.host(), options.port(), List.of(ApiKey.of(KEY)), options.origins(), options.queue(),
                true, options.calculator(), options.limits(), options.patience());
    }

    private static OpenAIOkHttpClient.Builder openAi(TestServer asked, String key) {
        return OpenAIOkHttpClient.builder().baseUrl(asked.server.address() + "/v1").apiKey(key).maxRetries(0);
    }

    private static ChatCompletionCreateParams.Builder hi() {
        return ChatCompletionCreateParams.builder().model(TestServer.NAME).addSystemMessage("Be brief.").addUserMessage("Hi")
                .maxCompletionTokens(30).temperature(0.8)
                .putAdditionalBodyProperty("seed", JsonValue.from(4));
    }

    private static JsonNode answer(String path, String body) throws Exception {
        HttpResponse<String> response = server.send(server.request(path).header("Authorization", "Bearer " + KEY)
                .POST(java.net.http.HttpRequest.BodyPublishers.ofString(body.replace('\'', '"'))));
        assertThat(response.statusCode()).isEqualTo(200);
        return nanochat.io.Json.LINE.readTree(response.body());
    }

    /// What [#hi] asks.
    private static String expected() throws Exception {
        return answer("/v1/chat/completions", "{'messages':[{'role':'system','content':'Be brief.'},{'role':'user','content':'Hi'}],"
                + "'max_tokens':30,'temperature':0.8,'seed':4}").path("choices").path(0).path("message").path("content").asString();
    }

    @Test
    void openAisClientChats() throws Exception {
        ChatCompletion answer = openAi.chat().completions().create(hi().logprobs(true).topLogprobs(2).build());
        ChatCompletion.Choice choice = answer.choices().getFirst();
        assertThat(choice.message().content()).contains(expected());
        assertThat(choice.finishReason()).isIn(ChatCompletion.Choice.FinishReason.STOP, ChatCompletion.Choice.FinishReason.LENGTH);
        assertThat(answer.usage().orElseThrow().completionTokens()).isPositive();
        assertThat(answer.usage().orElseThrow().promptTokensDetails().orElseThrow().cachedTokens()).isPresent();
        assertThat(choice.logprobs().orElseThrow().content().orElseThrow()).isNotEmpty()
                .allSatisfy(token -> assertThat(token.topLogprobs()).hasSize(2));
        answer.validate();
    }

    @Test
    void openAisClientReadsAStream() throws Exception {
        ChatCompletionAccumulator all = ChatCompletionAccumulator.create();
        try (StreamResponse<ChatCompletionChunk> stream = openAi.chat().completions().createStreaming(
                hi().streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build()).build())) {
            stream.stream().peek(ChatCompletionChunk::validate).forEach(all::accumulate);
        }
        assertThat(all.chatCompletion().choices().getFirst().message().content()).contains(expected());
        assertThat(all.chatCompletion().usage().orElseThrow().completionTokens()).isPositive();
    }

    @Test
    void openAisClientReadsLikelihoodsOfAPrompt() {
        Completion answer = openAi.completions().create(CompletionCreateParams.builder().model(TestServer.NAME)
                .promptOfArrayOfTokens(List.of(72L, 105L, 33L)).echo(true).logprobs(1).maxTokens(1).temperature(0).build());
        Logprobs logprobs = answer.choices().getFirst().logprobs().orElseThrow();
        assertThat(answer.choices().getFirst().text()).startsWith("Hi!");
        assertThat(logprobs.tokens().orElseThrow()).hasSize(4).startsWith("H", "i", "!");
        assertThat(logprobs.textOffset().orElseThrow()).containsExactly(0L, 1L, 2L, 3L);
    }

    @Test
    void openAisClientListsModels() {
        assertThat(openAi.models().list().items()).extracting(Model::id).containsExactly(TestServer.NAME);
        Model model = openAi.models().retrieve(TestServer.NAME);
        model.validate();
        assertThat(model.ownedBy()).isEqualTo("nanochat");
    }

    @Test
    void openAisClientSeesErrors() {
        OpenAIServiceException wrong = catchThrowableOfType(BadRequestException.class,
                () -> openAi.chat().completions().create(hi().presencePenalty(1).build()));
        assertThat(wrong.param()).contains("presence_penalty");
        assertThat(wrong.type()).contains("invalid_request_error");
        OpenAIServiceException noModel = catchThrowableOfType(NotFoundException.class,
                () -> openAi.chat().completions().create(hi().model("gpt-5").build()));
        assertThat(noModel.code()).contains("model_not_found");
        assertThatExceptionOfType(NotFoundException.class).isThrownBy(() -> openAi.models().retrieve("gpt-5"));
        assertThatExceptionOfType(BadRequestException.class).isThrownBy(() -> {
            try (StreamResponse<ChatCompletionChunk> stream = openAi.chat().completions().createStreaming(hi().topP(7).build())) {
                stream.stream().forEach(_ -> {});
            }
        });
        OpenAIClient stranger = openAi(server, "another-key").build();
        OpenAIServiceException unknown = catchThrowableOfType(UnauthorizedException.class,
                () -> stranger.chat().completions().create(hi().build()));
        assertThat(unknown.code()).contains("invalid_api_key");
        stranger.close();
    }

    private static OpenAiChatModel.OpenAiChatModelBuilder langChain(TestServer asked, String key) {
        return OpenAiChatModel.builder().baseUrl(asked.server.address() + "/v1").apiKey(key).modelName(TestServer.NAME).temperature(0.8)
                .seed(4).maxTokens(30).maxRetries(0).timeout(Duration.ofMinutes(2));
    }

    @Test
    void langChain4jsClientChats() throws Exception {
        ChatResponse answer = langChain(server, KEY).build().chat(SystemMessage.from("Be brief."), UserMessage.from("Hi"));
        assertThat(answer.aiMessage().text()).isEqualTo(expected());
        assertThat(answer.finishReason()).isIn(FinishReason.STOP, FinishReason.LENGTH);
        assertThat(answer.tokenUsage().outputTokenCount()).isPositive();
        ChatResponse next = langChain(server, KEY).build().chat(SystemMessage.from("Be brief."), UserMessage.from("Hi"),
                AiMessage.from(answer.aiMessage().text()), UserMessage.from("And?"));
        assertThat(next.tokenUsage().inputTokenCount()).isGreaterThan(answer.tokenUsage().inputTokenCount());
    }

    @Test
    void langChain4jsClientReadsAStream() throws Exception {
        StreamedAnswer answer = new StreamedAnswer();
        OpenAiStreamingChatModel.builder().baseUrl(server.server.address() + "/v1").apiKey(KEY).modelName(TestServer.NAME).temperature(0.8)
                .seed(4).maxTokens(30).build()
                .chat(List.of(SystemMessage.from("Be brief."), UserMessage.from("Hi")), answer);
        assertThat(answer.whole.get(2, TimeUnit.MINUTES).aiMessage().text()).isEqualTo(expected()).isEqualTo(String.join("",
                answer.pieces));
    }

    @Test
    void langChain4jsClientListsModels() {
        assertThat(OpenAiModelCatalog.builder().baseUrl(server.server.address() + "/v1").apiKey(KEY).build().listModels())
                .extracting(ModelDescription::name).containsExactly(TestServer.NAME);
    }

    @Test
    void langChain4jsClientSeesErrors() {
        assertThatExceptionOfType(InvalidRequestException.class).isThrownBy(() -> langChain(server, KEY).topP(7.0).build().chat("Hi"))
                .withMessageContaining("top_p");
        assertThatExceptionOfType(AuthenticationException.class).isThrownBy(() -> langChain(server, "another-key").build().chat("Hi"));
        assertThatExceptionOfType(ModelNotFoundException.class)
                .isThrownBy(() -> langChain(server, KEY).modelName("gpt-5").build().chat("Hi"));
    }

    /// One answer is under way that has no end, in a server that lets no second one in.
    @Test
    void bothClientsAreToldWhenThereIsNoRoom(@TempDir Path folder) {
        try (TestServer full = TestServer.endless(folder, options -> new ServerOptions(options.host(), options.port(), options.keys(),
                options.origins(), 0, true, true, options.limits(), Duration.ZERO))) {
            OpenAIClient client = openAi(full, KEY).build();
            ChatCompletionCreateParams four = hi().maxCompletionTokens(TestServer.ENDLESS_CONTEXT).n(TestServer.ROWS).build();
            try (StreamResponse<ChatCompletionChunk> stream = client.chat().completions().createStreaming(four)) {
                assertThat(stream.stream().iterator().next().choices()).isNotEmpty();
                RateLimitException refused = catchThrowableOfType(RateLimitException.class,
                        () -> client.chat().completions().create(hi().build()));
                assertThat(refused.code()).contains("rate_limit_exceeded");
                assertThat(Integer.parseInt(refused.headers().values("Retry-After").getFirst())).isBetween(1, 60);
                assertThatExceptionOfType(dev.langchain4j.exception.RateLimitException.class)
                        .isThrownBy(() -> langChain(full, KEY).build().chat("Hi"));
            }
            // The client that hung up has made room, at the latest when it hears the next sign of life; OpenAI's client asks again by itself.
            OpenAIClient patient = openAi(full, KEY).maxRetries(10).build();
            assertThat(patient.chat().completions().create(hi().build()).choices().getFirst().message().content().orElseThrow())
                    .startsWith("abab");
            patient.close();
            client.close();
        }
    }
}
