package nanochat.tensor;

/// What is known of the token at every position beside what a network says of it: the logarithm of the likelihood of each token, up to a constant, as
/// the product of a vector of the position and a code of the token.
///
/// @param vectors F32 [N, D]
/// @param codes F32 [K, D]
public record Evidence(Tensor vectors, Tensor codes) {
    /// Of the first tokens alone.
    public Evidence of(int tokens) {
        return new Evidence(vectors, codes.rows(0, tokens));
    }

    int positions() {
        return vectors.rows();
    }

    int tokens() {
        return codes.rows();
    }
}
