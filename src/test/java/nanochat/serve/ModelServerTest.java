package nanochat.serve;

import static nanochat.tokenizer.SpecialToken.ASSISTANT_END;
import static nanochat.tokenizer.SpecialToken.ASSISTANT_START;
import static nanochat.tokenizer.SpecialToken.PYTHON_END;
import static nanochat.tokenizer.SpecialToken.PYTHON_START;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import nanochat.chat.AnswerReader;
import nanochat.chat.TestModels;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.conversation.Rendering;
import nanochat.engine.ColumnListener;
import nanochat.engine.Engine;
import nanochat.engine.EngineOptions;
import nanochat.engine.Generation;
import nanochat.engine.InferenceGpt;
import nanochat.engine.Sampling;
import nanochat.engine.WeightFormat;
import nanochat.eval.SequenceScorer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The endpoints, against an engine of one's own on the same weights, and against the scorer of the evaluations.
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class ModelServerTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String COMPLETIONS = "/v1/completions";

    @TempDir
    static Path models;

    private static TestServer server;
    private static Engine own;

    @BeforeAll
    static void start() {
        server = TestServer.random(models, options -> options);
        own = Engine.load(nanochat.checkpoint.CheckpointDirectory.find(models, "tiny"), TestModels.STEP,
                EngineOptions.of(WeightFormat.F32, 1));
    }

    @AfterAll
    static void stop() {
        server.close();
        own.close();
    }

    @AfterEach
    void nothingIsLeftAndNothingWentWrong() throws Exception {
        assertThat(server.errors).isEmpty();
        for (int i = 0; i < 1000 && server.server.answersInside() + server.server.reservedCacheBytes() > 0; i++) {
            Thread.sleep(10);
        }
        assertThat(server.server.answersInside()).isZero();
        assertThat(server.server.reservedCacheBytes()).isZero();
    }

    private static String ownAnswer(int[] prompt, int maximumTokens, double temperature, long seed) {
        Generation generation = new Generation(maximumTokens, Sampling.atTemperature(temperature), seed,
                AnswerReader.stopTokens(TestModels.TOKENIZER));
        return new Rendering(TestModels.TOKENIZER).reply(own.generate(prompt, 1, generation, ColumnListener.NONE).getFirst().tokens())
                .text();
    }

    private static int[] prompt(String text) {
        return new Rendering(TestModels.TOKENIZER).completionPrompt(new Conversation(List.of(new Message.User(text))));
    }

    private static String texts(List<JsonNode> events, int choice) {
        return events.stream().flatMap(event -> StreamSupport.stream(event.path("choices").spliterator(), false))
                .filter(each -> each.path("index").asInt() == choice)
                .map(each -> each.has("delta") ? each.path("delta").path("content").asString("") : each.path("text").asString())
                .collect(Collectors.joining());
    }

    @Test
    void aChatAnswersWithTheTokensOfTheEngine() throws Exception {
        JsonNode answer = server.ask(CHAT,
                "{'model':'tiny-sft','messages':[{'role':'user','content':'Hi'}],'max_tokens':40,'temperature':0.9,'seed':5,'unknown':[{}]}");
        String expected = ownAnswer(prompt("Hi"), 40, 0.9, 5);
        JsonNode choice = answer.path("choices").path(0);
        assertThat(choice.path("message").path("content").asString()).isEqualTo(expected).isNotEmpty();
        assertThat(choice.path("message").path("role").asString()).isEqualTo("assistant");
        assertThat(choice.path("finish_reason").asString()).isIn("stop", "length");
        assertThat(answer.path("object").asString()).isEqualTo("chat.completion");
        JsonNode usage = answer.path("usage");
        assertThat(usage.path("prompt_tokens").asInt()).isEqualTo(prompt("Hi").length);
        assertThat(usage.path("total_tokens").asInt()).isEqualTo(prompt("Hi").length + usage.path("completion_tokens").asInt());
        assertThat(usage.path("prompt_tokens_details").path("cached_tokens").isInt()).isTrue();
    }

    @Test
    void aStreamIsTheSameAnswerInPieces() throws Exception {
        String request = "'messages':[{'role':'system','content':'Be brief.'},{'role':'user','content':[{'type':'text','text':'Tell me'}]}],"
                + "'max_completion_tokens':50,'seed':9,'n':3";
        JsonNode whole = server.ask(CHAT, "{" + request + "}");
        List<JsonNode> events = server.stream(CHAT, "{'stream':true,'stream_options':{'include_usage':true}," + request + "}");
        for (int choice = 0; choice < 3; choice++) {
            int index = choice;
            assertThat(texts(events, choice)).isEqualTo(whole.path("choices").path(choice).path("message").path("content").asString());
            List<String> reasons = events.stream().map(event -> event.path("choices").path(0))
                    .filter(each -> each.path("index").asInt() == index && each.path("finish_reason").isString())
                    .map(each -> each.path("finish_reason").asString()).toList();
            assertThat(reasons).containsExactly(whole.path("choices").path(choice).path("finish_reason").asString());
        }
        assertThat(events.getFirst().path("choices").path(0).path("delta").path("role").asString()).isEqualTo("assistant");
        assertThat(events.getLast().path("choices").isEmpty()).isTrue();
        assertThat(events.getLast().path("usage").path("completion_tokens")).isEqualTo(whole.path("usage").path("completion_tokens"));
        assertThat(texts(events, 0)).as("other samples are other draws").isNotEqualTo(texts(events, 1));
    }

    @Test
    void completionsTakeTextsAndTokensAndSeveralOfThem() throws Exception {
        JsonNode texts = server.ask(COMPLETIONS, "{'prompt':['ab','cde'],'max_tokens':8,'temperature':0,'n':2}");
        JsonNode tokens = server.ask(COMPLETIONS, "{'prompt':[[" + bos() + ",97,98],[" + bos()
                + ",99,100,101]],'max_tokens':8,'temperature':0,'n':2}");
        JsonNode one = server.ask(COMPLETIONS, "{'prompt':[" + bos() + ",99,100,101],'max_tokens':8,'temperature':0}");
        assertThat(texts.path("choices")).isEqualTo(tokens.path("choices")).hasSize(4);
        for (int choice = 0; choice < 4; choice++) {
            assertThat(texts.path("choices").path(choice).path("index").asInt()).isEqualTo(choice);
            String prompt = choice < 2 ? "ab" : "cde";
            int[] ids = IntStream.concat(IntStream.of(bos()), Arrays.stream(TestModels.TOKENIZER.encode(prompt))).toArray();
            assertThat(texts.path("choices").path(choice).path("text").asString()).isEqualTo(ownAnswer(ids, 8, 0, 0));
        }
        assertThat(one.path("choices").path(0).path("text")).isEqualTo(texts.path("choices").path(2).path("text"));
        assertThat(texts.path("usage").path("prompt_tokens").asInt()).isEqualTo(7);
    }

    private static int bos() {
        return TestModels.TOKENIZER.id(nanochat.tokenizer.SpecialToken.BOS);
    }

    /// What an evaluation harness asks: the values are those of our own evaluations, to the last bit.
    @Test
    void echoedLikelihoodsAreThoseOfTheScorer() throws Exception {
        try (InferenceGpt passes = own.passes(TestServer.CONTEXT); SequenceScorer scorer = new SequenceScorer(passes)) {
            int[][] prompts = {new java.util.Random(1).ints(300, 0, 256).toArray(), {bos(), 72, 105}, {65}};
            JsonNode answer = server.ask(COMPLETIONS,
                    "{'prompt':" + Arrays.deepToString(prompts) + ",'max_tokens':1,'logprobs':1,'echo':true,'temperature':0}");
            for (int p = 0; p < prompts.length; p++) {
                JsonNode logprobs = answer.path("choices").path(p).path("logprobs");
                for (String list : List.of("tokens", "token_logprobs", "top_logprobs", "text_offset")) {
                    assertThat(logprobs.path(list)).as(list).hasSize(prompts[p].length + 1);
                }
                assertThat(logprobs.path("token_logprobs").path(0).isNull()).isTrue();
                assertThat(logprobs.path("top_logprobs").path(0).isNull()).isTrue();
                SequenceScorer.TokenScores scores = scorer.scores(List.of(new SequenceScorer.Continuation(prompts[p], 1))).getFirst();
                for (int i = 1; i < prompts[p].length; i++) {
                    float value = (float) logprobs.path("token_logprobs").path(i).asDouble();
                    assertThat(value).isEqualTo(-scores.losses()[i - 1]);
                    double top = StreamSupport.stream(logprobs.path("top_logprobs").path(i).spliterator(), false)
                            .mapToDouble(JsonNode::asDouble).max().orElseThrow();
                    assertThat(top == logprobs.path("token_logprobs").path(i).asDouble()).isEqualTo(scores.likeliest()[i - 1]);
                }
            }
        }
    }

    @Test
    void aStreamEchoesAndTellsLikelihoodsAsTheWholeAnswerDoes() throws Exception {
        String request = "'prompt':'Grüße','max_tokens':12,'logprobs':2,'echo':true,'seed':3,'n':2";
        JsonNode whole = server.ask(COMPLETIONS, "{" + request + "}");
        List<JsonNode> events = server.stream(COMPLETIONS, "{'stream':true," + request + "}");
        for (int choice = 0; choice < 2; choice++) {
            int index = choice;
            assertThat(texts(events, choice)).isEqualTo(whole.path("choices").path(choice).path("text").asString()).startsWith("Grüße");
            for (String list : List.of("tokens", "token_logprobs", "top_logprobs", "text_offset")) {
                List<JsonNode> pieces = events.stream().map(event -> event.path("choices").path(0))
                        .filter(each -> each.path("index").asInt() == index)
                        .flatMap(each -> StreamSupport.stream(each.path("logprobs").path(list).spliterator(), false)).toList();
                assertThat(pieces).as(list).hasSize(whole.path("choices").path(choice).path("logprobs").path(list).size());
                for (int i = 0; i < pieces.size(); i++) {
                    assertThat(pieces.get(i)).as("%s %d", list, i).isEqualTo(whole.path("choices").path(choice).path("logprobs").path(list)
                            .path(i));
                }
            }
        }
    }

    @Test
    void chatLikelihoodsNameTokensAndBytes() throws Exception {
        JsonNode answer = server.ask(CHAT,
                "{'messages':[{'role':'user','content':'Hi'}],'max_tokens':20,'temperature':0,'logprobs':true,'top_logprobs':3}");
        JsonNode tokens = answer.path("choices").path(0).path("logprobs").path("content");
        assertThat(tokens).hasSize(answer.path("usage").path("completion_tokens").asInt());
        for (JsonNode token : tokens) {
            assertThat(token.path("top_logprobs")).hasSize(3);
            assertThat(token.path("top_logprobs").path(0).path("token")).as("greedy").isEqualTo(token.path("token"));
            assertThat(token.path("top_logprobs").path(0).path("logprob")).isEqualTo(token.path("logprob"));
            assertThat(token.path("bytes").isArray()).isTrue();
        }
    }

    @Test
    void nothingMayFollowAnEchoedPrompt() throws Exception {
        JsonNode answer = server.ask(COMPLETIONS, "{'prompt':[72,105],'max_tokens':0,'logprobs':1,'echo':true}");
        assertThat(answer.path("choices").path(0).path("text").asString()).isEqualTo("Hi");
        assertThat(answer.path("choices").path(0).path("logprobs").path("token_logprobs")).hasSize(2);
        assertThat(answer.path("usage").path("completion_tokens").asInt()).isZero();
    }

    @Test
    void aStopStringEndsAnAnswerAndIsNoPartOfIt(@TempDir Path folder) throws Exception {
        try (TestServer scripted = TestServer.scripted(folder,
                new TestModels.Script().chain(ASSISTANT_START, "Hé, hi!", ASSISTANT_END))) {
            String messages = "{'messages':[{'role':'user','content':'x'}],'temperature':0,'max_tokens':60";
            assertThat(scripted.ask(CHAT, messages + ",'stop':'i'}").path("choices").path(0).path("message").path("content").asString())
                    .isEqualTo("Hé, h");
            JsonNode cut = scripted.ask(CHAT, messages + ",'stop':['zz','é, '],'logprobs':true}").path("choices").path(0);
            assertThat(cut.path("message").path("content").asString()).isEqualTo("H");
            assertThat(cut.path("finish_reason").asString()).isEqualTo("stop");
            assertThat(cut.path("logprobs").path("content")).as("no token of what is cut off").hasSize(1);
            assertThat(texts(scripted.stream(CHAT, messages + ",'stream':true,'stop':['hi! BYE','hi']}"), 0)).isEqualTo("Hé, ");
        }
    }

    @Test
    void theCalculatorsCallsStandBesideTheTextAndItCanBeSwitchedOff(@TempDir Path folder) throws Exception {
        try (TestServer scripted = TestServer.scripted(folder,
                new TestModels.Script().chain(ASSISTANT_START, "A", PYTHON_START, "6*7", PYTHON_END).chain(PYTHON_END, ASSISTANT_END)
                        .chain(nanochat.tokenizer.SpecialToken.OUTPUT_END, "z", ASSISTANT_END))) {
            String request = "{'messages':[{'role':'user','content':'x'}],'temperature':0,'max_tokens':60";
            JsonNode message = scripted.ask(CHAT, request + "}").path("choices").path(0).path("message");
            assertThat(message.path("content").asString()).isEqualTo("Az");
            assertThat(message.path("nanochat").path("parts").toString()).isEqualTo(
                    "[{\"type\":\"text\",\"text\":\"A\"},{\"type\":\"python\",\"text\":\"6*7\"},{\"type\":\"python_output\",\"text\":\"42\"},{\"type\":\"text\",\"text\":\"z\"}]");
            JsonNode off = scripted.ask(CHAT, request + ",'nanochat':{'calculator':false}}").path("choices").path(0).path("message");
            assertThat(off.path("content").asString()).isEqualTo("A");
            assertThat(off.path("nanochat").path("parts").toString()).doesNotContain("python_output");
            JsonNode again = scripted.ask(CHAT, "{'messages':[{'role':'user','content':'x'},{'role':'assistant','content':'Az','nanochat':"
                    + message.path("nanochat").toString().replace('"', '\'') + "},{'role':'user','content':'y'}],'temperature':0}");
            int read = again.path("usage").path("prompt_tokens").asInt();
            assertThat(read).as("bos, two users' messages, the answer with its call and result, assistant_start")
                    .isEqualTo(1 + 2 * 3 + (2 + 1 + 5 + 4 + 1) + 1);
        }
    }

    @Test
    void anAnswerCanBeContinued() throws Exception {
        String beginning = "{'messages':[{'role':'user','content':'Hi'},{'role':'assistant','content':";
        String first = server.ask(CHAT, "{'messages':[{'role':'user','content':'Hi'}],'max_tokens':20,'temperature':0}").path("choices")
                .path(0)
                .path("message").path("content").asString();
        assertThat(first).as("ASCII, a character a token").hasSize(20).doesNotContain("'");
        JsonNode rest = server.ask(CHAT, beginning + nanochat.io.Json.line(first.substring(0, 3))
                + "}],'continue_final_message':true,'max_tokens':17,'temperature':0}");
        assertThat(rest.path("choices").path(0).path("message").path("content").asString()).isEqualTo(first.substring(3));
    }

    /// What a model said need not be what its words encode to: here a character of two bytes, and half of it.
    @Test
    void anAnswerMayComeBackAsItsTokens() throws Exception {
        int assistantEnd = TestModels.TOKENIZER.id(ASSISTANT_END);
        String asked = "{'messages':[{'role':'system','content':'Brief.'},{'role':'user','content':'a'},{'role':'assistant','content':%s},"
                + "{'role':'user','content':'b'},{'role':'assistant','content':%s}],'continue_final_message':true}";
        JsonNode words = server.ask("/tokenize", asked.formatted("'é'", "'ok'")).path("tokens");
        JsonNode tokens = server.ask("/tokenize",
                asked.formatted("'é','nanochat':{'tokens':[195,169]}", "'ok','nanochat':{'tokens':[111,107]}")).path("tokens");
        JsonNode half = server.ask("/tokenize", asked.formatted("'é','nanochat':{'tokens':[195]}",
                "'ok','nanochat':{'tokens':[111,107,32]}"))
                .path("tokens");
        assertThat(tokens).isEqualTo(words).hasSize(22);
        assertThat(half.toString()).isEqualTo(words.toString().replace("195,169," + assistantEnd, "195," + assistantEnd).replace("111,107]",
                "111,107,32]"));
        int callStart = TestModels.TOKENIZER.id(PYTHON_START);
        int callEnd = TestModels.TOKENIZER.id(PYTHON_END);
        assertThat(server.ask("/tokenize", asked.formatted("''", "'','nanochat':{'tokens':[" + callStart + ",49," + callEnd + "]}"))
                .path("tokens").toString()).endsWith("," + callStart + ",49," + callEnd + "]");
        for (String wrong : List.of("[" + assistantEnd + "]", "[" + bos() + "]", "[97," + callEnd + "]", "[" + callStart + ",49]",
                "[" + callStart + "," + callStart + "]", "[265]", "[-1]", "'a'")) {
            HttpResponse<String> refused = server.post("/tokenize",
                    asked.formatted("''", "'','nanochat':{'tokens':" + wrong + "}").replace('\'', '"'));
            assertThat(refused.statusCode()).as(wrong).isEqualTo(400);
            assertThat(refused.body()).as(wrong).contains("messages[4].nanochat.tokens");
        }
    }

    @Test
    void tokensCanBeAskedFor() throws Exception {
        assertThat(server.ask("/tokenize", "{'prompt':'Hi','add_special_tokens':false,'return_token_strs':true}").toString())
                .isEqualTo("{\"count\":2,\"max_model_len\":600,\"tokens\":[72,105],\"token_strs\":[\"H\",\"i\"]}");
        assertThat(server.ask("/tokenize", "{'prompt':'Hi'}").path("tokens").path(0).asInt()).isEqualTo(bos());
        assertThat(server.ask("/tokenize", "{'prompt':'<|bos|>','add_special_tokens':false}").path("tokens").toString())
                .isEqualTo("[" + bos() + "]");
        assertThat(server.ask("/tokenize", "{'prompt':'" + "x".repeat(5000) + "'}").path("tokens")).as("longer than the context").hasSize(
                5001);
        assertThat(server.ask("/tokenize", "{'prompt':'','add_special_tokens':false}").path("tokens")).isEmpty();
        assertThat(server.ask("/tokenize", "{'messages':[{'role':'user','content':'Hi'}]}").path("tokens"))
                .hasSize(prompt("Hi").length);
        assertThat(server.ask("/detokenize", "{'tokens':[72,195,164]}").path("prompt").asString()).isEqualTo("Hä");
        JsonNode info = nanochat.io.Json.LINE.readTree(server.get("/tokenizer_info").body());
        assertThat(info.path("bos_token").asString()).isEqualTo("<|bos|>");
        assertThat(info.path("vocab_size").asInt()).isEqualTo(265);
    }

    @Test
    void whatIsWrongIsNamed() throws Exception {
        String chat = "{'messages':[{'role':'user','content':'Hi'}],";
        wrong(CHAT, chat + "'temperature':'hot'}", 400, "temperature");
        wrong(CHAT, chat + "'temperature':1e999}", 400, "temperature");
        wrong(CHAT, chat + "'n':1000}", 400, "n");
        wrong(CHAT, chat + "'n':1.5}", 400, "n");
        wrong(CHAT, chat + "'max_tokens':601}", 400, "max_tokens");
        wrong(CHAT, chat + "'stream':'yes'}", 400, "stream");
        wrong(CHAT, chat + "'stop':['a',5]}", 400, "stop[1]");
        wrong(CHAT, chat + "'stop':''}", 400, "stop");
        wrong(CHAT, chat + "'seed':1e30}", 400, "seed");
        wrong(CHAT, chat + "'logprobs':true,'top_logprobs':21}", 400, "top_logprobs");
        wrong(CHAT, chat + "'tools':[{}]}", 400, "tools");
        wrong(CHAT, chat + "'presence_penalty':1}", 400, "presence_penalty");
        wrong(CHAT, chat + "'stream_options':{'include_usage':1}}", 400, "stream_options.include_usage");
        wrong(CHAT, chat + "'model':'gpt-4'}", 404, "model");
        wrong(CHAT, "{}", 400, "messages");
        wrong(CHAT, "{'messages':[]}", 400, "messages");
        wrong(CHAT, "{'messages':[{'role':'tool','content':'Hi'}]}", 400, "messages[0].role");
        wrong(CHAT, "{'messages':[{'role':'user','content':[{'type':'image_url'}]}]}", 400, "messages[0].content[0].type");
        wrong(CHAT, "{'messages':[{'role':'user','content':'a'},{'role':'user','content':'b'}]}", 400, "messages");
        wrong(CHAT, "{'messages':[{'role':'user','content':'a'},{'role':'assistant','content':'b'}]}", 400, "messages");
        wrong(COMPLETIONS, "{'prompt':'" + "x".repeat(700) + "'}", 400, null);
        wrong(COMPLETIONS, "{'prompt':[5,-1]}", 400, "prompt[1]");
        wrong(COMPLETIONS, "{'prompt':[[5],[265]]}", 400, "prompt[1][0]");
        wrong(COMPLETIONS, "{'prompt':{}}", 400, "prompt");
        wrong(COMPLETIONS, "{'prompt':[]}", 400, "prompt");
        wrong(COMPLETIONS, "{'prompt':'a','max_tokens':0}", 400, "max_tokens");
        wrong(COMPLETIONS, "not json", 400, null);
        wrong(COMPLETIONS, "[1]", 400, null);
        wrong(COMPLETIONS, "{'prompt':'a'} trailing", 400, null);
        wrong(COMPLETIONS, "{'a':" + "[".repeat(1000) + "]".repeat(1000) + "}", 400, null);
        wrong(COMPLETIONS, "{'a':" + "9".repeat(1000) + "}", 400, null);
        wrong("/v1/embeddings", "{'input':'a'}", 400, null);
        wrong("/nowhere", "{}", 404, null);
        wrong("/v1/models", "{}", 405, null);
        assertThat(server.post(COMPLETIONS, "x".repeat(5 << 20)).statusCode()).isEqualTo(413);
    }

    private static void wrong(String path, String body, int status, String param) throws Exception {
        HttpResponse<String> response = server.post(path, body.replace('\'', '"'));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        JsonNode error = nanochat.io.Json.LINE.readTree(response.body()).path("error");
        assertThat(error.path("message").asString()).isNotEmpty();
        assertThat(error.path("type").asString()).isEqualTo("invalid_request_error");
        assertThat(error.path("param").asString(null)).isEqualTo(param);
    }

    @Test
    void aBaseModelGoesOnWithTextAlone(@TempDir Path folder) throws Exception {
        try (TestServer base = TestServer.base(folder)) {
            assertThat(base.post(CHAT, "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}").body()).contains("base_model");
            assertThat(base.ask(COMPLETIONS, "{'prompt':'Hi'}").path("choices").path(0).path("text").asString()).isNotEmpty();
        }
    }

    @Test
    void itSaysWhatItServesAndHowItIs() throws Exception {
        assertThat(server.get("/v1/models").body()).contains("\"id\":\"tiny-sft\"");
        assertThat(server.get("/v1/models/tiny-sft").statusCode()).isEqualTo(200);
        assertThat(server.get("/v1/models/other").statusCode()).isEqualTo(404);
        assertThat(server.get("/health").body()).contains("\"status\":\"ok\"");
        Set<String> names = server.get("/metrics").body().lines().filter(line -> !line.startsWith("#"))
                .map(line -> line.replaceAll("[{ ].*", "")).collect(Collectors.toSet());
        assertThat(names).contains("nanochat_requests_total", "nanochat_rows", "nanochat_time_to_first_token_seconds_bucket",
                "nanochat_kv_limit_bytes");
    }
}
