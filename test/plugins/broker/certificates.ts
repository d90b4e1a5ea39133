/**
 * Certificates for tests, good from 2020 to 2120, so that no test needs openssl. Made by it, with a ca.cnf of the least
 * that `openssl ca` needs (policy, database, serial, `copy_extensions`, an extension section `root` of a CA):
 *
 *     openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out NAME.key
 *     openssl req -new -key NAME.key -subj /CN=test-NAME -out NAME.csr
 *     (the server's with -addext subjectAltName=IP:127.0.0.1,DNS:localhost)
 *     openssl ca -batch -notext -config ca.cnf -startdate 20200101000000Z -enddate 21200101000000Z -in NAME.csr -out NAME.pem
 *     (ca, stranger: -selfsign -keyfile NAME.key -extensions root; server, client: -cert ca.pem -keyfile ca.key)
 *
 *     (expired: as stranger, with the server's -addext, and -enddate 20210101000000Z)
 *
 * They guard nothing: their keys are here for everyone.
 */

/** The authority. */
export const ca = `-----BEGIN CERTIFICATE-----
MIIBRTCB7aADAgECAgEBMAoGCCqGSM49BAMCMBIxEDAOBgNVBAMMB3Rlc3QtY2Ew
IBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBIxEDAOBgNVBAMMB3Rl
c3QtY2EwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATiFpQG8BKbn/XF4b78Xc3k
q400WSxRBsBjBni/ZCsrcdoSBDXUxQWqcYZlSX5NxL6aa/uGyb1ItmR6OMp68o/Z
ozIwMDAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBRE2OZSHGBNd2cnoxvXXVS4
pi8r/jAKBggqhkjOPQQDAgNHADBEAiBM9+PLkoMpXyspFIXoKnuldSFzIIxiOelo
HhY4GAbUlgIgIhW42IyA9spcWXc6eCDiS/YwRBvS0YhF1R0EnUPetsk=
-----END CERTIFICATE-----
`

/** Signed by it, for 127.0.0.1 and localhost. */
export const serverCert = `-----BEGIN CERTIFICATE-----
MIIBdzCCAR2gAwIBAgIBAzAKBggqhkjOPQQDAjASMRAwDgYDVQQDDAd0ZXN0LWNh
MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAWMRQwEgYDVQQDDAt0
ZXN0LXNlcnZlcjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABKKpNlEIdXBzfq2k
hovFdC1wmOC7QA9/joxkM04fsFX3f5/pHGZf5UZklkivqo2fVJgjKL0L9OQuf1Rs
Jeg1YEijXjBcMBoGA1UdEQQTMBGHBH8AAAGCCWxvY2FsaG9zdDAdBgNVHQ4EFgQU
J3ezrnF9PF5jC9KezoaKzCYmzi4wHwYDVR0jBBgwFoAURNjmUhxgTXdnJ6Mb111U
uKYvK/4wCgYIKoZIzj0EAwIDSAAwRQIgaDKPS2m5IXBRkdU8ifpbEZdBBXWFjrND
oxMojLLJ6f4CIQDq7B0Iyv+OBKNDcaAyJ6sYMbuMQVwFpzGn/h0Uqxd5cQ==
-----END CERTIFICATE-----
`

export const serverKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgi5b6bpSOPweVc5PN
q0NqEWrdIiawwjfPOg57NGy5P6ehRANCAASiqTZRCHVwc36tpIaLxXQtcJjgu0AP
f46MZDNOH7BV93+f6RxmX+VGZJZIr6qNn1SYIyi9C/TkLn9UbCXoNWBI
-----END PRIVATE KEY-----
`

/** Signed by it. */
export const clientCert = `-----BEGIN CERTIFICATE-----
MIIBETCBuAIBBDAKBggqhkjOPQQDAjASMRAwDgYDVQQDDAd0ZXN0LWNhMCAXDTIw
MDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAWMRQwEgYDVQQDDAt0ZXN0LWNs
aWVudDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABARMCLHFdZdoAw9VX6+bTSVq
IF2w59+p07I9YgNhCr7wd13j4sYQ+6X3M1kABI1fEpOu4MlJEIV5MiSVfHjFuQww
CgYIKoZIzj0EAwIDSAAwRQIgY3T4HiprU3SSEUXRH7oSj95d0WmeWQeXn1HQ0cQE
BygCIQCACJmFUzy4sFmF2U6asWrodBAqDUNORD7P6Uw2pEcINA==
-----END CERTIFICATE-----
`

export const clientKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgR0E8jI9Oc+JF3gEx
BihzaqtUT9+v/fPF7lMbDB2rvKehRANCAAQETAixxXWXaAMPVV+vm00laiBdsOff
qdOyPWIDYQq+8Hdd4+LGEPul9zNZAASNXxKTruDJSRCFeTIklXx4xbkM
-----END PRIVATE KEY-----
`

/** Signed by nobody but itself. */
export const strangerCert = `-----BEGIN CERTIFICATE-----
MIIBUjCB+aADAgECAgECMAoGCCqGSM49BAMCMBgxFjAUBgNVBAMMDXRlc3Qtc3Ry
YW5nZXIwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBgxFjAUBgNV
BAMMDXRlc3Qtc3RyYW5nZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASpTfQJ
Rkh2CCPfw3t9jhntBfkuix2Ya3MsLzq1gHChEPS1+QLueO2qYLUEVT24ojoMR6Os
VmKJZhvJeJm2DFakozIwMDAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBTU67Or
5xRuV/nQaZdS9fz1bEcg2DAKBggqhkjOPQQDAgNIADBFAiEAyYV/C89sIqZ9olPQ
tA0znPi5ZVQZfbKzzoWO+6Xxjf4CIH7a68D2tOQUwpDYw5S7UvSvRppKfJHz44SA
qNGRpZ1c
-----END CERTIFICATE-----
`

export const strangerKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgj+cR7yM9rGZpWlI/
byqkDyVo27yEM+6bTsyMv0UNAQahRANCAASpTfQJRkh2CCPfw3t9jhntBfkuix2Y
a3MsLzq1gHChEPS1+QLueO2qYLUEVT24ojoMR6OsVmKJZhvJeJm2DFak
-----END PRIVATE KEY-----
`

/** Signed by nobody but itself, for 127.0.0.1 and localhost, until the end of 2020. */
export const expiredCert = `-----BEGIN CERTIFICATE-----
MIIBazCCARGgAwIBAgIBATAKBggqhkjOPQQDAjAXMRUwEwYDVQQDDAx0ZXN0LWV4
cGlyZWQwHhcNMjAwMTAxMDAwMDAwWhcNMjEwMTAxMDAwMDAwWjAXMRUwEwYDVQQD
DAx0ZXN0LWV4cGlyZWQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQFlT0i02MP
uECJ+HcuJmfsA8YgR7q/a+qD3tJIjiHu02PtFcPcl9qSVe0PBEfGqFNbsdWvpmFN
kUOkh1D4Yrr/o04wTDAPBgNVHRMBAf8EBTADAQH/MBoGA1UdEQQTMBGHBH8AAAGC
CWxvY2FsaG9zdDAdBgNVHQ4EFgQUgE0gIIYsLukhaxL8XfaP42vMLV8wCgYIKoZI
zj0EAwIDSAAwRQIhAPRRb03RdJbiusBDtlOGXeC1rbH706XNbEABL23TmPOuAiA3
Rgak0PR4c+quUCbU/WymZzy6rvb0LjZFuk2n1RYBLw==
-----END CERTIFICATE-----
`

export const expiredKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgrXFtzR/OxfDnAV9G
2dYXFKlRLYV19UxbIP/w251edGKhRANCAAQFlT0i02MPuECJ+HcuJmfsA8YgR7q/
a+qD3tJIjiHu02PtFcPcl9qSVe0PBEfGqFNbsdWvpmFNkUOkh1D4Yrr/
-----END PRIVATE KEY-----
`
