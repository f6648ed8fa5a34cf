package nanochat.io;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The names are those of oneDNN's documentation.
class MachineTest {
    @ParameterizedTest
    @CsvSource({"'',true", "ALL,true", "default,true", "AVX512_CORE_BF16,true", "AVX512_CORE_AMX,true", "AVX10_1_512,true", "SSE41,false",
        "AVX2,false",
        "avx2_vnni,false", "AVX512_CORE,false", "AVX512_CORE_VNNI,false"})
    void oneDnnMayBeToldToDoWithoutBf16(String most, boolean allowed) {
        assertThat(Machine.allowsBf16(most)).isEqualTo(allowed);
    }
}
