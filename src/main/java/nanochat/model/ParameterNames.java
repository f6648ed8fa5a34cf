package nanochat.model;

/// How the original's checkpoints name a model's parameters. [ParameterLayout] says which of them a model has.
public final class ParameterNames {
    /// The token embedding.
    public static final String WTE = "transformer.wte.weight";
    /// The unembedding.
    public static final String LM_HEAD = "lm_head.weight";
    public static final String RESID_LAMBDAS = "resid_lambdas";
    public static final String X0_LAMBDAS = "x0_lambdas";
    public static final String SMEAR_GATE = "smear_gate.weight";
    public static final String SMEAR_LAMBDA = "smear_lambda";
    public static final String BACKOUT_LAMBDA = "backout_lambda";

    /// What the names of extra heads begin with: parameters that only drafting and training need.
    public static final String HEADS = "heads.";
    /// What the names of a teacher's parameters begin with, beside the optimizer's moments of a training run.
    public static final String TEACHER = "teacher.";
    /// What the names of a [RowMemory]'s tensors begin with, beside the optimizer's moments of a training run.
    public static final String MEMORY = "memory.";
    public static final String HEAD_RESID_LAMBDAS = HEADS + "resid_lambdas";
    public static final String HEAD_X0_LAMBDAS = HEADS + "x0_lambdas";

    private ParameterNames() {
    }

    /// The names of an extra head's block, counted from 0; it has no value embedding.
    public static Block head(int head) {
        return block(HEADS + head + ".", "");
    }

    /// Whether a parameter belongs to a block: what works on the stream, and not what tokens are turned into or back from.
    public static boolean isOfBlock(String name) {
        return name.startsWith("transformer.h.");
    }

    /// The parameters of one block, see [GptParameters.Layer].
    ///
    /// @param valueGate of the value embedding, in the layers that have one
    /// @param valueTable the value embedding itself
    public record Block(String cQ, String cK, String cV, String cProj, String mlpFc, String mlpProj, String valueGate,
            String valueTable) {}

    /// The names in layer `layer`, counted from 0.
    public static Block block(int layer) {
        return block("transformer.h." + layer + ".", "value_embeds." + layer + ".weight");
    }

    private static Block block(String prefix, String valueTable) {
        String attention = prefix + "attn.";
        String mlp = prefix + "mlp.";
        return new Block(attention + "c_q.weight", attention + "c_k.weight", attention + "c_v.weight", attention + "c_proj.weight",
                mlp + "c_fc.weight", mlp + "c_proj.weight", attention + "ve_gate.weight", valueTable);
    }
}
