package nanochat.model;

import java.util.Locale;

/// The matrices that every block has.
public enum BlockMatrix {
    /// Queries.
    C_Q,
    /// Keys.
    C_K,
    /// Values.
    C_V,
    /// Attention's output.
    C_PROJ,
    /// Into the hidden layer.
    MLP_FC,
    /// Out of the hidden layer.
    MLP_PROJ;

    /// The parameter that it is in a block.
    String nameIn(ParameterNames.Block block) {
        return switch (this) {
            case C_Q -> block.cQ();
            case C_K -> block.cK();
            case C_V -> block.cV();
            case C_PROJ -> block.cProj();
            case MLP_FC -> block.mlpFc();
            case MLP_PROJ -> block.mlpProj();
        };
    }

    /// As it is written: `c_q`.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
