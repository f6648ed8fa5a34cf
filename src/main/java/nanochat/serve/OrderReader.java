package nanochat.serve;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import nanochat.chat.AnswerReader;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.engine.Generation;
import nanochat.engine.Generation.Likelihoods;
import nanochat.engine.Sampling;
import nanochat.engine.TokenLikelihood;
import tools.jackson.databind.JsonNode;

/// Reads requests into [Order]s. Whatever is wrong with one is found here, before anything waits or is set aside for it.
final class OrderReader {
    /// Of completions, as OpenAI has it.
    private static final int DEFAULT_COMPLETION_TOKENS = 16;
    private static final int MOST_ALTERNATIVES = TokenLikelihood.MOST_ALTERNATIVES;

    private final ServedModel model;
    private final RequestLimits limits;
    private final Set<Integer> stopTokens;

    OrderReader(ServedModel model, RequestLimits limits) {
        this.model = model;
        this.limits = limits;
        this.stopTokens = AnswerReader.stopTokens(model.tokenizer());
    }

    /// A request for `/v1/chat/completions`.
    Order chat(Fields request) {
        checkModel(request);
        if (!model.takesTurns()) {
            throw ApiException.refused(400, "base_model",
                    "'" + model.name()
                            + "' is a base model, which has learned no conversation: ask /v1/completions, or serve a fine-tuned one.");
        }
        refuseUnsupported(request, "tools", "functions", "audio");
        Conversation conversation = ConversationReader.read(request);
        int[] prompt = model.prompt(conversation, SpokenTokens.read(request, model.tokenizer()),
                request.flag("continue_final_message", false));
        OptionalInt alternatives = request.flag("logprobs", false)
                ? OptionalInt.of(request.integer("top_logprobs", 0, MOST_ALTERNATIVES).orElse(0))
                : OptionalInt.empty();
        if (alternatives.isEmpty() && request.value("top_logprobs").isPresent()) {
            throw request.wrong("top_logprobs", "left out unless 'logprobs' is true");
        }
        int maximumTokens = maximumTokens(request, "max_completion_tokens", 1)
                .orElseGet(() -> maximumTokens(request, "max_tokens", 1).orElse(model.contextLength()));
        return order(request, List.of(prompt), maximumTokens, alternatives, false);
    }

    /// A request for `/v1/completions`.
    Order completions(Fields request) {
        checkModel(request);
        refuseUnsupported(request, "suffix");
        boolean echo = request.flag("echo", false);
        int maximumTokens = maximumTokens(request, "max_tokens", echo ? 0 : 1).orElse(DEFAULT_COMPLETION_TOKENS);
        return order(request, prompts(request), maximumTokens, request.integer("logprobs", 0, MOST_ALTERNATIVES), echo);
    }

    /// What a request for one of them begins with: a conversation, which may end with anybody's words, or a prompt.
    int[] beginning(Fields request) {
        checkModel(request);
        if (request.value("messages").isPresent()) {
            Conversation conversation = ConversationReader.read(request);
            return model.prompt(conversation, SpokenTokens.read(request, model.tokenizer()),
                    conversation.messages().getLast() instanceof Message.Assistant);
        }
        List<int[]> prompts = prompts(request);
        if (prompts.size() != 1) {
            throw request.wrong("prompt", "one prompt");
        }
        return prompts.getFirst();
    }

    private Order order(Fields request, List<int[]> prompts, int maximumTokens, OptionalInt alternatives, boolean echo) {
        refuseUnsupported(request, "logit_bias");
        refuseUnlessZero(request, "presence_penalty");
        refuseUnlessZero(request, "frequency_penalty");
        int samples = request.integer("n", 1, limits.samples()).orElse(1);
        request.integer("best_of", 1, limits.samples()).ifPresent(best -> {
            if (best != samples) {
                throw request.wrong("best_of", "as 'n', or left out: answers are not ranked");
            }
        });
        boolean calculator = request.object("nanochat").map(ours -> ours.flag("calculator", true)).orElse(true);
        boolean tokenDetails = request.object("nanochat").map(ours -> ours.flag("token_details", false)).orElse(false);
        boolean promptOnly = maximumTokens == 0;
        Likelihoods likelihoods = alternatives.isEmpty()
                ? Likelihoods.NONE
                : echo ? Likelihoods.OF_PROMPT_AND_ANSWER : Likelihoods.OF_ANSWER;
        Generation generation = new Generation(Math.max(1, maximumTokens), sampling(request),
                request.longInteger("seed").orElseGet(() -> ThreadLocalRandom.current().nextLong()), stopTokens,
                false,
                calculator && model.calculator(), likelihoods);
        boolean stream = request.flag("stream", false);
        boolean includeUsage = request.object("stream_options").map(options -> options.flag("include_usage", false)).orElse(false);
        Order order = new Order(prompts, samples, generation, stops(request), stream, includeUsage, alternatives, echo, tokenDetails,
                promptOnly);
        prompts.forEach(prompt -> model.batch().check(prompt, samples, generation));
        return order;
    }

    void checkModel(Fields request) {
        request.string("model").filter(asked -> !asked.equals(model.name())).ifPresent(asked -> {
            throw ApiException.noSuchModel(asked.length() > 100 ? asked.substring(0, 100) + "…" : asked, model.name());
        });
    }

    private OptionalInt maximumTokens(Fields request, String name, int least) {
        return request.integer(name, least, model.contextLength());
    }

    private Sampling sampling(Fields request) {
        double temperature = request.number("temperature", 0, 2).orElse(1);
        double topP = request.number("top_p", 0, 1).orElse(1);
        int topK = Math.max(0, request.integer("top_k", -1, Integer.MAX_VALUE).orElse(0)); // -1 means all to some clients
        double minP = request.number("min_p", 0, 1).orElse(0);
        // Of no mass at all there is still the likeliest token, as OpenAI has it.
        return new Sampling(topP == 0 ? 0 : temperature, topK, topP == 0 ? 1 : topP, minP);
    }

    private List<String> stops(Fields request) {
        List<String> stops = request.strings("stop");
        if (stops.size() > limits.stops()
                || stops.stream().anyMatch(stop -> stop.isEmpty() || stop.length() > limits.stopLength())) {
            throw request.wrong("stop", "at most " + limits.stops() + " strings of 1 to " + limits.stopLength() + " characters");
        }
        return stops;
    }

    private List<int[]> prompts(Fields request) {
        JsonNode prompt = request.value("prompt").orElseThrow(() -> request.wrong("prompt", "given: a string or token ids"));
        boolean addBos = request.flag("add_special_tokens", true);
        if (prompt.isString()) {
            return List.of(model.encode(prompt.asString(), addBos, "prompt"));
        }
        JsonNode array = request.array(prompt, "prompt");
        if (array.isEmpty()) {
            throw request.wrong("prompt", "not empty");
        }
        if (array.get(0).isNumber()) {
            return List.of(tokens(request, array, "prompt"));
        }
        if (array.size() > limits.prompts()) {
            throw request.wrong("prompt", "at most " + limits.prompts() + " prompts");
        }
        List<int[]> prompts = new ArrayList<>();
        for (JsonNode each : array) {
            String name = "prompt[" + prompts.size() + "]";
            prompts.add(each.isArray() ? tokens(request, each, name) : text(request, each, addBos, name));
        }
        return prompts;
    }

    private int[] text(Fields request, JsonNode prompt, boolean addBos, String name) {
        if (!prompt.isString()) {
            throw request.wrong(name, "a string or an array of token ids");
        }
        return model.encode(prompt.asString(), addBos, name);
    }

    private int[] tokens(Fields request, JsonNode ids, String name) {
        if (ids.isEmpty() || ids.size() >= model.contextLength()) {
            throw request.wrong(name, "from 1 to " + (model.contextLength() - 1) + " token ids: the model's context has "
                    + model.contextLength() + " with the answer");
        }
        return request.tokens(ids, name, model.vocabularySize());
    }

    /// What would change the answer and is not done must not pass in silence.
    private static void refuseUnsupported(Fields request, String... names) {
        for (String name : names) {
            Optional<JsonNode> value = request.value(name).filter(given -> !(given.isContainer() && given.isEmpty()));
            if (value.isPresent()) {
                throw request.wrong(name, "left out: this server does not do that");
            }
        }
    }

    private static void refuseUnlessZero(Fields request, String name) {
        if (request.number(name, -2, 2).orElse(0) != 0) {
            throw request.wrong(name, "0 or left out: this server has no penalties");
        }
    }
}
