package nanochat.tensor;

import java.util.List;
import nanochat.tensor.Comparison.Twin;

/// A matrix and its state for Muon, on the reference and on the backends under test.
record MuonTwins(Twin parameter, Twin gradient, Twin momentum, Twin secondMoment) {
    static MuonTwins random(Comparison c, int... shape) {
        Twin secondMoment = c.scaled(0.01, "secondMoment", DType.F32, MuonMatrix.secondMomentSize(shape[0], shape[1]));
        c.write(secondMoment, RandomValues.absolute(c.read(secondMoment)));
        return new MuonTwins(c.scaled(0.1, "parameter", DType.F32, shape), c.scaled(0.01, "gradient", DType.F32, shape),
                c.scaled(0.01, "momentum", DType.F32, shape), secondMoment);
    }

    MuonMatrix on(Comparison.Side side) {
        return new MuonMatrix(side.of(parameter), side.of(gradient), side.of(momentum), side.of(secondMoment));
    }

    /// Cautious decay asks for the sign of the update, and for one that is almost zero either answer is right: there the parameter
    /// becomes zero, so that decay does nothing.
    void avoidSignFlips(Comparison c, MuonStep step) {
        float[] values = c.read(parameter);
        float[] momentumBefore = c.read(momentum);
        float[] secondMomentBefore = c.read(secondMoment);
        c.write(parameter, new float[values.length]);
        c.prepare((backend, side) -> backend.muon(List.of(on(side)), step));
        float[] updates = RandomValues.absolute(c.read(parameter));
        for (int i = 0; i < values.length; i++) {
            if (updates[i] > 0 && updates[i] < 1e-2f * step.learningRate()) {
                values[i] = 0;
            }
        }
        c.write(parameter, values);
        c.write(momentum, momentumBefore);
        c.write(secondMoment, secondMomentBefore);
    }
}
