package nanochat.model;

/// The places of the forward pass that a [nanochat.tensor.Watcher] is shown, in the order in which they are passed: [#EMBEDDED], those of
/// every [Block], [#FINAL_NORM]. For N = B*T positions of width C, with H heads and G kv heads of size D. The residual stream is F32, all
/// else is in the compute type. Attention's weights are never whole in memory; queries and keys give them.
public final class Places {
    /// The residual stream before the first block, [N, C].
    public static final String EMBEDDED = "embedded";
    /// What lm_head reads, [N, C].
    public static final String FINAL_NORM = "final_norm";

    private Places() {
    }

    /// The places of one block, all named after it: `h.3.q`.
    ///
    /// @param input the residual stream that enters it (in July 2026: after the mix with the first embedding), [N, C]
    /// @param attentionInput the stream normed, [N, C]
    /// @param queries after rotation and norm, [N, H*D]
    /// @param keys after rotation and norm, [N, G*D]
    /// @param values with the value embedding, [N, G*D]
    /// @param attentionOutput what the heads gathered, before c_proj, [N, H*D]
    /// @param hidden what the second matrix of the mlp reads, [N, 4C]
    public record Block(String input, String attentionInput, String queries, String keys, String values, String attentionOutput,
            String hidden) {
        public static Block of(int layer) {
            String block = "h." + layer + ".";
            return new Block(block + "input", block + "attention_input", block + "q", block + "k", block + "v", block + "attention_output",
                    block + "mlp_hidden");
        }
    }
}
