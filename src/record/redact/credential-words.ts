// What makes a name that of a credential: in lower case, and without what separates the parts of a name.

/** As the end of a part of a name: `dbpassword`, `X-Amz-Signature`, `JSESSIONID`. No other word ends so. */
export const CREDENTIAL_ENDINGS: readonly string[] = wordsOf(`
  secret password passwd passphrase signature assertion credential credentials authorization authorisation
  sessionid sessid apikey accesskey accesskeyid privatekey secretkey
`);

/** As a part, or as parts that follow one another: `user[pass]`, `code_verifier`, `x-subscription-key`. */
export const CREDENTIAL_PARTS: readonly string[] = wordsOf(`
  token tokenid tokenkey tokenvalue accesstoken apitoken apptoken authtoken bearertoken clienttoken csrftoken
  csrfmiddlewaretoken devicetoken idtoken invitetoken jwttoken logintoken oauthtoken personaltoken privatetoken
  refreshtoken resettoken securitytoken sessiontoken ssotoken usertoken verificationtoken wstoken xsrftoken jwt
  pass passcode passkey passwords passwordagain passwordconfirm passwordconfirmation passwordhash passwordnew
  passwordold passwordrepeat adminpass dbpass loginpass newpass oldpass rootpass userpass
  pwd pswd adminpwd dbpwd loginpwd newpwd oldpwd userpwd secrets secretid cvc cvv
  saml samlart samlrequest samlresponse signedrequest oauthverifier codeverifier
  accountkey appkey applicationkey authkey encryptionkey licensekey masterkey serverkey servicekey sessionkey
  sharedkey signingkey subscriptionkey
  accesscode activationcode authcode authorizationcode backupcode confirmationcode devicecode logincode mfacode
  oauthcode onetimecode otpcode recoverycode resetcode securitycode smscode totpcode twofactorcode usercode
  verificationcode verifycode
  authsession connectsid loginsession sessioncookie usersession
  authcookie authhash authheader authticket basicauth httpauth
`);

/** Only as the whole name: `country_code`, `sort_key` and `inside` are none. */
export const CREDENTIAL_NAMES: readonly string[] = wordsOf(`
  auth bearer code csrf hmac key otp pin pw session sid sig sign totp xsrf
`);

function wordsOf(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
