package nanochat.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.model.GptConfig.Generation;
import nanochat.model.GptParameters;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Training and inference turn by the same angles. Oracle: what a training model hands to its backend.
class RotaryTableTest {
    private static final int LENGTH = 300;

    @ParameterizedTest
    @EnumSource
    void theEngineTurnsByTheAnglesOfTraining(Generation generation) {
        GptConfig config = new GptConfig(LENGTH, 64, 1, 2, 1, 60, "L", generation);
        List<Tensor> handedOver = new ArrayList<>();
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32); Arena arena = Arena.ofConfined()) {
            Backend watched = (Backend) Proxy.newProxyInstance(Backend.class.getClassLoader(), new Class<?>[]{Backend.class},
                    (_, method, arguments) -> {
                        if (method.getName().equals("rotaryNorm")) {
                            handedOver.add((Tensor) arguments[2]);
                            handedOver.add((Tensor) arguments[3]);
                        }
                        try {
                            return method.invoke(backend, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
            Gpt gpt = new Gpt(new GptParameters(config, watched, DType.F32, false));
            gpt.hidden(new Tape(watched, DType.F32), watched.allocate(DType.I32, LENGTH), 1, LENGTH);
            RotaryTable table = RotaryTable.of(config, LENGTH, arena);
            assertThat(handedOver).as("for queries and for keys").hasSize(4);
            assertThat(table.cosines().toArray(ValueLayout.JAVA_FLOAT)).hasSize(LENGTH * 15).isEqualTo(backend.read(handedOver.get(0)))
                    .isEqualTo(backend.read(handedOver.get(2)));
            assertThat(table.sines().toArray(ValueLayout.JAVA_FLOAT)).isEqualTo(backend.read(handedOver.get(1)))
                    .isEqualTo(backend.read(handedOver.get(3)));
        }
    }
}
