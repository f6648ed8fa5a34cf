package nanochat.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Oracle: the documentation of [Backends] and [Shapes].
class BackendsTest {
    @ParameterizedTest
    @EnumSource
    void everyDeviceIsOpenedByItsNameAndChecked(Device device) {
        try (Backend backend = Backends.open(device, 1, DType.F32)) {
            assertThat(backend.description()).containsIgnoringCase(device.name());
            Tensor a = backend.allocate(DType.F32, 2, 3);
            Tensor b = backend.allocate(DType.F32, 3, 2);
            assertThatIllegalArgumentException().isThrownBy(() -> backend.reluSquared(a, b))
                    .withMessageContainingAll("f32[2, 3]", "f32[3, 2]");
        }
    }

    @Test
    void checkingWhatFitsAllocatesNothing() {
        try (Backend backend = Backends.open(Device.REFERENCE, 1, DType.F32)) {
            Tensor x = backend.allocate(DType.F32, 6, 4);
            Tensor perHead = backend.allocate(DType.F32, 6, 2);
            Tensor w = backend.allocate(DType.F32, 4, 4);
            Tensor angles = backend.allocate(DType.F32, 3, 1);
            AttentionShape shape = new AttentionShape(2, 3, 2, 2, 2, new Visibility.Causal(3));
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = 0;
            for (int i = 0; i < 2000; i++) {
                if (i == 1000) {
                    before = threads.getCurrentThreadAllocatedBytes();
                }
                Shapes.linear(x, x, w);
                Shapes.linearBackwardWeight(w, x, x);
                Shapes.attentionBackward(x, x, x, x, x, x, x, x, perHead, shape);
                Shapes.rotaryNorm(x, perHead, angles, angles, 3, 2);
            }
            // a thousand rounds of dozens of rules: one object in each would be 16 KB
            assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(4096);
        }
    }
}
