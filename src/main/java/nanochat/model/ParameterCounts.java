package nanochat.model;

/// How many numbers a model learns, by what they are for.
///
/// @param wte the token embedding, padded
/// @param valueEmbeds the tables of value embeddings
/// @param lmHead the unembedding, padded
/// @param transformerMatrices everything in the blocks
/// @param scalars the lambdas and the smear gate
public record ParameterCounts(long wte, long valueEmbeds, long lmHead, long transformerMatrices, long scalars) {
    /// The counts of a model of this shape; allocates no model.
    public static ParameterCounts of(GptConfig config) {
        long wte = 0;
        long valueEmbeds = 0;
        long lmHead = 0;
        long transformerMatrices = 0;
        long scalars = 0;
        for (ParameterLayout.Entry entry : ParameterLayout.of(config).entries()) {
            switch (entry.role()) {
                case TOKEN_EMBEDDING -> wte += entry.size();
                case VALUE_EMBEDDING -> valueEmbeds += entry.size();
                case UNEMBEDDING -> lmHead += entry.size();
                case BLOCK_MATRIX, VALUE_GATE -> transformerMatrices += entry.size();
                case SMEAR_GATE, SCALAR -> scalars += entry.size();
            }
        }
        return new ParameterCounts(wte, valueEmbeds, lmHead, transformerMatrices, scalars);
    }

    public long total() {
        return wte + valueEmbeds + lmHead + transformerMatrices + scalars;
    }

    /// N of the scaling laws: the matrices of the blocks and the unembedding.
    public long scaling() {
        return transformerMatrices + lmHead;
    }
}
