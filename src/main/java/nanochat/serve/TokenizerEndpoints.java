package nanochat.serve;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nanochat.tokenizer.SpecialToken;
import tools.jackson.databind.JsonNode;

/// What evaluation harnesses ask about tokens.
final class TokenizerEndpoints {
    private final ServedModel model;
    private final OrderReader orders;

    /// Counts tokens and lists them.
    ///
    /// @param tokenStrs their texts, where asked for
    private record Tokens(int count, int maxModelLen, int[] tokens, Optional<List<String>> tokenStrs) {}

    private record Text(String prompt) {}

    private record Info(String tokenizerClass, int vocabSize, int modelMaxLength, String bosToken, String eosToken,
            Map<String, Integer> specialTokens) {}

    TokenizerEndpoints(ServedModel model, OrderReader orders) {
        this.model = model;
        this.orders = orders;
    }

    /// The tokens of `prompt`, which may be longer than the context, or of `messages` up to where an answer begins. A prompt that is nothing but the name of a special token is that token.
    Object tokenize(Fields request) {
        orders.checkModel(request);
        int[] tokens;
        if (request.value("messages").isPresent()) {
            tokens = model.prompt(ConversationReader.read(request), SpokenTokens.read(request, model.tokenizer()),
                    request.flag("continue_final_message", false));
        } else {
            String prompt = request.string("prompt").orElseThrow(() -> request.wrong("prompt", "a string"));
            boolean addBos = request.flag("add_special_tokens", true);
            tokens = special(prompt).orElseGet(() -> model.tokens(prompt, addBos));
        }
        Optional<List<String>> shown = request.flag("return_token_strs", false)
                ? Optional.of(Arrays.stream(tokens).mapToObj(model::shown).toList())
                : Optional.empty();
        return new Tokens(tokens.length, model.contextLength(), tokens, shown);
    }

    private Optional<int[]> special(String prompt) {
        return Arrays.stream(SpecialToken.values()).filter(token -> token.text().equals(prompt)).findFirst()
                .map(token -> new int[]{model.tokenizer().id(token)});
    }

    Object detokenize(Fields request) {
        orders.checkModel(request);
        JsonNode tokens = request.value("tokens").orElseThrow(() -> request.wrong("tokens", "an array of token ids"));
        return new Text(model.tokenizer().decode(request.tokens(tokens, "tokens", model.vocabularySize())));
    }

    Object info() {
        Map<String, Integer> special = new LinkedHashMap<>();
        for (SpecialToken token : SpecialToken.values()) {
            special.put(token.text(), model.tokenizer().id(token));
        }
        String end = (model.takesTurns() ? SpecialToken.ASSISTANT_END : SpecialToken.BOS).text();
        return new Info("nanochat", model.vocabularySize(), model.contextLength(), SpecialToken.BOS.text(), end, special);
    }
}
