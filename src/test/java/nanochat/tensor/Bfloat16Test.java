package nanochat.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// The oracle is the definition: of the two bfloat16 around a float, the nearer, found by comparing distances in double.
class Bfloat16Test {
    @Test
    void everyBfloat16SurvivesTheRoundTrip() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = Bfloat16.toFloat((short) bits);
            if (Float.isNaN(value)) {
                assertThat(Bfloat16.round(value)).isNaN();
            } else {
                assertThat(Bfloat16.fromFloat(value)).isEqualTo((short) bits);
            }
        }
    }

    @Test
    void theNearestIsTakenAndOfTwoEquallyNearTheEvenOne() {
        RandomValues random = new RandomValues(1);
        for (int lower = 0; lower < 0x7f7f; lower++) {
            float below = Bfloat16.toFloat((short) lower);
            float above = Bfloat16.toFloat((short) (lower + 1));
            float middle = (float) (((double) below + above) / 2);
            int even = lower % 2 == 0 ? lower : lower + 1;
            assertThat(Bfloat16.fromFloat(middle)).isEqualTo((short) even);
            assertThat(Bfloat16.fromFloat(Math.nextDown(middle))).isEqualTo((short) lower);
            assertThat(Bfloat16.fromFloat(Math.nextUp(middle))).isEqualTo((short) (lower + 1));
            float between = Float.intBitsToFloat((lower << 16) | random.between(1, 0xffff));
            boolean nearerBelow = (double) between - below < (double) above - between;
            if (between != middle) {
                assertThat(Bfloat16.fromFloat(between)).isEqualTo((short) (nearerBelow ? lower : lower + 1));
                assertThat(Bfloat16.round(-between)).isEqualTo(-Bfloat16.round(between));
            }
        }
    }

    @Test
    void valuesBeyondTheLargestBecomeInfinite() {
        assertThat(Bfloat16.round(Float.MAX_VALUE)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(Bfloat16.round(-Float.MAX_VALUE)).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(Bfloat16.round(Float.NEGATIVE_INFINITY)).isEqualTo(Float.NEGATIVE_INFINITY);
    }

    @Test
    void aNanWithALowPayloadStaysANan() {
        assertThat(Bfloat16.round(Float.intBitsToFloat(0x7f800001))).isNaN();
        assertThat(Bfloat16.round(Float.intBitsToFloat(0xffffffff))).isNaN();
    }

    @Test
    void theSignOfZeroIsKept() {
        assertThat(Bfloat16.fromFloat(-0f)).isEqualTo((short) 0x8000);
        assertThat(Bfloat16.fromFloat(-Float.MIN_VALUE)).isEqualTo((short) 0x8000);
    }
}
