/* SPDX-License-Identifier: MIT */
#include "math/pn_harmonics.h"

/* Square roots of 3, 3/8, 5/8, 15. */
static const float ROOT_3 = 1.73205080756887729f;
static const float ROOT_3_8 = 0.61237243569579452f;
static const float ROOT_5_8 = 0.79056941504209483f;
static const float ROOT_15 = 3.87298334620741689f;

enum { POINTS = 13 }; /* of 26: the opposite ones add the same */

void pn_harmonics_at(pn_vec3 dir, float *gains)
{
    const float x = -dir.z;
    const float y = -dir.x;
    const float z = dir.y;
    const float xx = x * x;
    const float yy = y * y;
    const float zz = z * z;
    gains[0] = 1.0f;
    gains[1] = y;
    gains[2] = z;
    gains[3] = x;
    gains[4] = ROOT_3 * x * y;
    gains[5] = ROOT_3 * y * z;
    gains[6] = 0.5f * (2.0f * zz - xx - yy);
    gains[7] = ROOT_3 * x * z;
    gains[8] = 0.5f * ROOT_3 * (xx - yy);
    gains[9] = ROOT_5_8 * y * (3.0f * xx - yy);
    gains[10] = ROOT_15 * x * y * z;
    gains[11] = ROOT_3_8 * y * (4.0f * zz - xx - yy);
    gains[12] = 0.5f * z * (2.0f * zz - 3.0f * (xx + yy));
    gains[13] = ROOT_3_8 * x * (4.0f * zz - xx - yy);
    gains[14] = 0.5f * ROOT_15 * z * (xx - yy);
    gains[15] = ROOT_5_8 * x * (xx - 3.0f * yy);
}

/* A point of Lebedev's rule and its weight, its opposite included. */
static float point_at(int i, pn_vec3 *dir)
{
    static const float edge = 0.70710678118654752f;
    static const float corner = 0.57735026918962576f;
    static const signed char at[POINTS][3] = {
        {1, 0, 0}, {0, 1, 0},  {0, 0, 1}, {0, 1, 1},  {0, 1, -1}, {1, 0, 1},   {1, 0, -1},
        {1, 1, 0}, {1, -1, 0}, {1, 1, 1}, {1, 1, -1}, {1, -1, 1}, {1, -1, -1},
    };
    const float length = i < 3 ? 1.0f : (i < 9 ? edge : corner);
    *dir = (pn_vec3){length * (float)at[i][0], length * (float)at[i][1], length * (float)at[i][2]};
    return i < 3 ? 2.0f / 21.0f : (i < 9 ? 8.0f / 105.0f : 9.0f / 140.0f);
}

void pn_harmonics_turn(pn_quat q, float *turn)
{
    for (int i = 0; i < PN_HARMONICS_TURN; i++) {
        turn[i] = 0.0f;
    }
    for (int i = 0; i < POINTS; i++) {
        pn_vec3 dir;
        float in[PN_HARMONICS_CHANNELS];
        float out[PN_HARMONICS_CHANNELS];
        const float weight = point_at(i, &dir);
        pn_harmonics_at(dir, in);
        pn_harmonics_at(pn_quat_rotate(q, dir), out);
        float *block = turn;
        for (int order = 1; order <= PN_HARMONICS_ORDER; order++) {
            const int rows = 2 * order + 1;
            const int first = order * order;
            const float scale = weight * (float)rows; /* SN3D: the mean square of a harmonic is 1 / rows */
            for (int row = 0; row < rows; row++) {
                const float by = scale * out[first + row];
                for (int column = 0; column < rows; column++) {
                    block[row * rows + column] += by * in[first + column];
                }
            }
            block += rows * rows;
        }
    }
}
