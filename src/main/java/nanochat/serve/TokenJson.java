package nanochat.serve;

import java.util.ArrayList;
import java.util.List;
import nanochat.engine.TokenLikelihood;

/// A token of an answer with its probability and those that could have stood there, as `/v1/chat/completions` tells of it; with its id, by which an answer
/// can go on from it.
///
/// @param bytes from 0 to 255 each
/// @param topLogprobs the likeliest first
record TokenJson(int id, String token, float logprob, List<Integer> bytes, List<Other> topLogprobs) {
    /// A token that could have stood there.
    record Other(int id, String token, float logprob, List<Integer> bytes) {}

    static TokenJson of(TokenLikelihood chosen, ServedModel model) {
        List<Other> likeliest = new ArrayList<>();
        for (int i = 0; i < chosen.likeliest().length; i++) {
            int other = chosen.likeliest()[i];
            likeliest.add(new Other(other, model.shown(other), chosen.logProbabilities()[i], bytes(other, model)));
        }
        return new TokenJson(chosen.token(), model.shown(chosen.token()), chosen.logProbability(), bytes(chosen.token(), model), likeliest);
    }

    private static List<Integer> bytes(int token, ServedModel model) {
        List<Integer> bytes = new ArrayList<>();
        for (byte each : model.tokenizer().bytes(token)) {
            bytes.add(each & 0xff);
        }
        return bytes;
    }
}
