package nanochat.engine;

/// Guesses by the extra heads of the model itself, each of which has learned to predict a token further ahead (Gloeckle et al.,
/// [arXiv 2404.19737](https://arxiv.org/abs/2404.19737), section 3.3). Their blocks run in every pass, beside the last one; what is left to do here is
/// one product with lm_head, a row a head.
record HeadDrafter(InferenceGpt gpt, int most) implements Drafter {
    @Override
    public int draft(Sequence read, int next, int[] guesses, int count) {
        return gpt.guessByHeads(read, guesses, count);
    }

    @Override
    public long bytes() {
        return 0; // it is the model's
    }

    @Override
    public void close() {
        // what it works with is the model's
    }
}
