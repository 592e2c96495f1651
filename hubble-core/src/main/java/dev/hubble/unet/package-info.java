// SPDX-License-Identifier: Apache-2.0
/// The network that predicts noise. Read [dev.hubble.unet.UNet] first.
package dev.hubble.unet;
