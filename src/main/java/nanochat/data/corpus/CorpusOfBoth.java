package nanochat.data.corpus;

/// English and Chinese documents in turn.
record CorpusOfBoth(Corpus english, Corpus chinese) implements Corpus {
    @Override
    public String document(Split split, long index) {
        return (index % 2 == 0 ? english : chinese).document(split, index / 2);
    }
}
